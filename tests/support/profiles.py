"""Surroundings in which every stored output must come out the same.

Other processors, as far as this one can imitate them: the libraries choose their code
by the instructions that they find, and can be told to find fewer. And starts that are
moved by one float32 rounding, which stands for all rounding that we cannot imitate.
"""

from llvmlite import binding

from tools.execute import ROOT

NO_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
PROFILES = {
    "native": {},
    "haswell": {
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": NO_AVX512,
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma",
    },
    "oldest": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NPY_DISABLE_CPU_FEATURES": f"{NO_AVX512} AVX2 FMA3",
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        # exp, log, tanh and pow of the C library, which has some with FMA
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4",
    },
    "zen": {"OPENBLAS_CORETYPE": "Zen"},
    "skylakex": {"OPENBLAS_CORETYPE": "SkylakeX"},
    "sapphire": {"OPENBLAS_CORETYPE": "SapphireRapids"},
}
NEEDS = {
    "haswell": ["avx2", "fma"],
    "oldest": ["sse4.2"],
    "zen": ["avx2", "fma"],
    "skylakex": ["avx512f", "avx512dq", "avx512bw", "avx512vl"],
    "sapphire": ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512bf16"],
}
FARTHEST = "oldest"  # from what any machine of today has
DRAWS = ("moved 1", "moved 2", "moved 3")
SURROUNDINGS = (*PROFILES, *DRAWS)


def missing(name):
    """Return the instructions that this processor lacks for a profile."""
    found = binding.get_host_cpu_features()
    return [need for need in NEEDS.get(name, ()) if not found.get(need)]


def environment(name):
    """Return the variables of an environment in which a profile is imitated."""
    variables = dict(PROFILES.get(name, {}))
    if "NUMBA_CPU_NAME" in variables:  # what is compiled for it is kept apart
        variables["NUMBA_CACHE_DIR"] = str(ROOT / "build" / "profiles" / name)
    return variables


def startup(name):
    """Return code for a kernel's start that moves what PyTorch draws, or ""."""
    if name not in DRAWS:
        return ""
    return (
        "import sys\n"
        f"sys.path.append({str(ROOT / 'tests')!r})\n"
        "from support.moved_starts import move\n"
        f"move({DRAWS.index(name)})\n"
        "del sys, move\n"
    )
