"""Print hashes of what mlplab reports, to compare processors."""

import hashlib
import json

import numpy as np
from matplotlib.figure import Figure

from mlplab import plots
from mlplab.data import truth_table
from mlplab.network import Settings, initial_weights, sweep, train

RUNS = {
    "2-2-1": Settings(),
    "2-10-10-10-1": Settings(hidden_sizes=(10, 10, 10)),
    "tanh, Xavier": Settings(
        gate="XNOR", hidden_sizes=(4,), activation="tanh", init="xavier"
    ),
    "relu, He": Settings(
        hidden_sizes=(8, 8), activation="relu", init="he", learning_rate=0.1
    ),
    "momentum": Settings(optimizer="momentum"),
    "Adam": Settings(optimizer="adam", learning_rate=0.01),
    "8 layers of 16": Settings(hidden_sizes=(16,) * 7, init="large", learning_rate=0.3),
}
RESTLESS = Settings(activation="relu", steps=2_000)
STEP = 6_000  # of what is drawn


def digest(*arrays):
    """Return a hash of the bits of arrays."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:12]


def of_run(settings):
    run = train(settings)
    plane = plots.InputPlane(Figure().subplots())
    plane.update(run.probs_at(STEP, plots.GRID), truth_table(settings.gate)[1])
    return {
        "start": digest(
            *(part for layer in initial_weights(settings) for part in layer)
        ),
        "weights": digest(run.snapshots),
        "losses": digest(run.loss, run.final_loss),
        "norms": digest(run.gradient_norms, run.row_gradient_norms),
        "probs": digest(run.probs, run.probs_at(STEP, plots.GRID)),
        "boundary": digest(*plane.boundary.get_segments()),
        "verdict": run.verdict,
    }


def of_sweep(settings):
    outcome = sweep(settings, [0.1, 1.0, 10.0, 30.0], range(16))
    words = " ".join(outcome.verdict.ravel()).encode()
    return {"losses": digest(outcome.final_loss), "verdicts": digest(list(words))}


if __name__ == "__main__":
    found = {name: of_run(settings) for name, settings in RUNS.items()}
    print(json.dumps({**found, "sweep": of_sweep(RESTLESS)}, indent=4))
