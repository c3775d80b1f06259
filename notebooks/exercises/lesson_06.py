"""Exercises of notebook 06: the exit of the deep run, small gradients, six layers."""

import math

from mlplab.language import tr
from mlplab.network import Settings, sweep, train

from .checking import Wrong, compile_training, exercise, numbers

EXIT_STEP = 5_188  # of the run that the notebook calls `deep`
MEASURED_AT = 1_000
CURVATURE, DISTANCE, FALL = 0.0004, 0.2, 0.193  # there; the loss falls to 0.5
DOUBLING = round(math.log(2) / CURVATURE)  # steps in which the distance doubles
SOON, LATE = 2_500, 30_000  # what any reckoning with a growing distance can give
NEAR = 0.15  # a share of the run's own exit


def _constant_growth():
    """Return the exit that each step would lead to if it were as long as the first."""
    goal = math.sqrt(2 * FALL / CURVATURE)
    return MEASURED_AT + (goal - DISTANCE) / (CURVATURE * DISTANCE)


@exercise("06 predict the exit", todo="put the step that you predict for `...`.")
def predict_exit(step):
    """Judge a prediction of the exit, kindly: its order of magnitude counts."""
    step = float(numbers("my_exit", step, ()))
    if abs(step - EXIT_STEP) <= 2:
        raise Wrong(
            "{exit:,} is what the run did. What would you have said at step"
            " {step:,}, from the curvature and the slope alone?",
            exit=EXIT_STEP,
            step=MEASURED_AT,
        )
    if step <= MEASURED_AT:
        raise Wrong(
            "at step {step:,} the run still waits, for you have measured it there;"
            " count from then on",
            step=MEASURED_AT,
        )
    if step < SOON:
        raise Wrong(
            "that leaves time for less than one doubling of the distance, which"
            " takes {doubling:,} steps. How far is it from {distance} to where the"
            " loss is 0.5?",
            doubling=DOUBLING,
            distance=DISTANCE,
        )
    if abs(step / _constant_growth() - 1) < NEAR:
        raise Wrong(
            "that is right if each step is as long as the first. But the farther from"
            " the top, the longer the step: the distance grows by the same factor each"
            " time"
        )
    if step > LATE:
        raise Wrong(
            "that is too patient: what doubles every {doubling:,} steps has grown"
            " by more than 100,000 times after {late:,}. How much growth is"
            " needed?",
            doubling=DOUBLING,
            late=LATE,
        )
    if abs(step / EXIT_STEP - 1) < NEAR:
        return tr(
            "Close: the run leaves at {exit:,}. At a curvature that stays as it is the"
            " wait would be longer; the next cell shows what shortens it.",
            exit=EXIT_STEP,
        )
    if step < EXIT_STEP:
        return tr(
            "The right order of magnitude: the run leaves at {exit:,}. You assumed that"
            " a few doublings of the distance are enough.",
            exit=EXIT_STEP,
        )
    return tr(
        "The right order of magnitude: the run leaves at {exit:,}. You assumed that the"
        " way down stays as level as it is at step 1,000; does it?",
        exit=EXIT_STEP,
    )


SMALL = 1 / 100  # the share below which the exercise speaks of either reason
WORDS = {  # (the gradient vanishes, the rows cancel)
    (True, False): "vanishing",
    (False, True): "cancelling",
    (True, True): "both",
    (False, False): "neither",
}
SIX_LAYERS = (10,) * 5
PICTURES = {"a": (SIX_LAYERS, 0), "b": (SIX_LAYERS, 1_000), "c": ((2,), 1_000)}


def _reasons(hidden_sizes, step):
    """Return whether gradients vanish and whether rows cancel, at a step of a run."""
    run = train(Settings(hidden_sizes=hidden_sizes, steps=max(step, 1)))
    at = int((run.snapshot_steps == step).argmax())
    batch, rows = run.gradient_norms[at], run.row_gradient_norms[at]
    return bool(rows[0] < SMALL * rows[-1]), bool(batch[-1] < SMALL * rows[-1])


@exercise(
    "06 why small",
    todo='put "vanishing", "cancelling", "both" or "neither" for each `...`.',
    before=compile_training,
)
def why_small(a, b, c):
    """Judge a word for each of three pictures of gradient norms."""
    answers = {}
    for picture, word in zip(PICTURES, (a, b, c), strict=True):
        said = word.strip().lower() if isinstance(word, str) else word
        of_words = [reasons for reasons, known in WORDS.items() if said == known]
        if not isinstance(word, str) or not of_words:
            raise Wrong(
                "{name} should be one of {words}",
                name=f"my_{picture}",
                words=", ".join(map(repr, WORDS.values())),
            )
        answers[picture] = of_words[0]
    for picture, (vanishing, cancelling) in answers.items():
        vanishes, cancels = _reasons(*PICTURES[picture])
        letter = picture.upper()
        if cancelling and not cancels:
            raise Wrong(
                "in picture {letter} the batch of the last layer is smaller than"
                " its rows, but not a hundred times: little cancels there",
                letter=letter,
            )
        if cancels and not cancelling:
            raise Wrong(
                "in picture {letter} compare the two lines at the last layer: what"
                " has become of the rows' pulls in the batch?",
                letter=letter,
            )
        if vanishing and not vanishes:
            raise Wrong(
                "in picture {letter} follow the rows from the last layer to the"
                " first: do they lose a factor of a hundred?",
                letter=letter,
            )
        if vanishes and not vanishing:
            raise Wrong(
                "in picture {letter} follow the rows, not the batch, from the last"
                " layer to the first: the batch can be level because of what"
                " cancels",
                letter=letter,
            )
    return (
        "The batch alone would have misled you: only the rows tell a signal that is"
        " lost from pulls that cancel."
    )


LAYERS = 6
MOST_UNITS = 20  # in a layer, so that the check takes seconds
FEW_UNITS = 4  # in a layer, that often merge rows
MOST_STEPS = 10_001
HIGHEST_RATE = 3.0
SEEDS = range(5)


@exercise(
    "06 six layers",
    todo="put Settings(hidden_sizes=(10, 10, 10, 10, 10), ...) with your choice.",
    before=compile_training,
)
def six_layers(settings):
    """Judge Settings with which six sigmoid layers solve XOR from every seed."""
    if not isinstance(settings, Settings):
        raise Wrong("my_settings should be Settings(...), with names and values in it")
    if settings.gate != "XOR":
        raise Wrong("the task is XOR, and your gate is {gate}", gate=settings.gate)
    if settings.activation != "sigmoid":
        raise Wrong(
            "{activation} may well do it, but keep the sigmoid here and change"
            " something else",
            activation=settings.activation,
        )
    if settings.layers != LAYERS:
        raise Wrong(
            "this network has {layers} weight layers, not {wanted}; each hidden"
            " layer adds one, and the output is one more",
            layers=settings.layers,
            wanted=LAYERS,
        )
    if max(settings.hidden_sizes) > MOST_UNITS:
        raise Wrong("take at most {most} units in a layer", most=MOST_UNITS)
    if settings.steps > MOST_STEPS:
        raise Wrong(
            "take at most {most:,} steps: do not wait, shorten the wait",
            most=MOST_STEPS,
        )
    if settings.learning_rate > HIGHEST_RATE:
        raise Wrong(
            "take a learning rate of at most {highest:g}. Above it a run tends to"
            " bounce, and it is not the rate that shrinks the signals",
            highest=HIGHEST_RATE,
        )
    if settings.init in ("zeros", "equal"):
        raise Wrong(
            'with init="{init}" all units of a layer are equal, and training keeps'
            " them so (notebook 04)",
            init=settings.init,
        )
    outcome = sweep(settings, [settings.learning_rate], SEEDS)
    solved = int(outcome.solved.sum())
    if solved < len(SEEDS):
        verdicts = outcome.verdict[~outcome.solved].tolist()
        raise Wrong(end_of_failures(settings, solved, verdicts))
    return (
        "Six sigmoid layers do train, once enough of the difference between the rows"
        " gets through them."
    )


def end_of_failures(settings, solved, verdicts):
    """Return what to say of runs that failed with these verdicts."""
    ended = _end(settings, verdicts)
    return tr(
        "solved from {solved} of {seeds} seeds; {ended}",
        solved=solved,
        seeds=len(SEEDS),
        ended=ended,
    )


def _end(settings, verdicts):
    """Return how most of the failed runs ended, and what to ask of them."""
    most = max(sorted(set(verdicts)), key=verdicts.count)
    others = tr("most others end") if len(verdicts) > 1 else tr("the other one ends")
    larger = tr("What makes the signals larger from the first step on?")
    if most == "undecided at ln 2":
        if settings.init == "large":
            ask = tr(
                "Is the learning rate or the width too small, or the run too short?"
            )
        else:
            ask = larger
        return tr(
            "{others} at ln 2, still at the saddle. {ask}", others=others, ask=ask
        )
    if most == "still learning":
        return tr(
            "{others} too early: a larger learning rate gets farther", others=others
        )
    if most in ("bouncing", "not finite"):
        return tr(
            "{others} {verdict}: the step is too large", others=others, verdict=tr(most)
        )
    wide = settings.init != "large" and min(settings.hidden_sizes) > FEW_UNITS
    return tr(
        "{others} {verdict}: some layer merges rows. {ask}",
        others=others,
        verdict=tr(most),
        ask=larger if wide else tr("How many units has it?"),
    )
