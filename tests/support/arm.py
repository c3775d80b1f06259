"""Print the training loop's assembly for a 64-bit ARM processor.

To be run with Numba's own optimiser off, whose code is for this processor:
NUMBA_OPT=0 python -m support.arm networks [fastmath]
"""

import re
import sys

import numba
from llvmlite import binding

from mlplab.descent import OPTIONS, training_loop

TRIPLE = "aarch64-unknown-linux-gnu"
floats, whole = numba.float32, numba.int64
SIGNATURE = (
    floats[:, ::1], whole[::1], whole, floats[::1], whole, floats[::1], whole,
    floats[:, ::1], whole[::1], floats[:, :, ::1],
)  # fmt: skip


def assembly(networks, **options):
    """Return the loop for so many networks as LLVM compiles it, fully optimised."""
    loop = numba.njit(**OPTIONS | options)(training_loop(networks))
    loop.compile(SIGNATURE)
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    target = binding.Target.from_triple(TRIPLE)
    machine = target.create_target_machine(cpu="apple-m1", opt=3)
    code = loop.inspect_llvm(loop.signatures[0])
    # what is said in it of this processor
    code = re.sub(r'^target \w+ = ".*"$', "", code, flags=re.MULTILINE)
    code = re.sub(r'"target-(cpu|features)"="[^"]*"', "", code)
    module = binding.parse_assembly(code)
    module.triple, module.data_layout = TRIPLE, str(machine.target_data)
    tuning = binding.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = True
    passes = binding.create_pass_builder(machine, tuning).getModulePassManager()
    passes.run(module, binding.create_pass_builder(machine, tuning))
    return machine.emit_assembly(module)


if __name__ == "__main__":
    networks, *switched_on = sys.argv[1:]
    print(assembly(int(networks), **dict.fromkeys(switched_on, True)))
