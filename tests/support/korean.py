"""What tests ask of Korean texts."""

import re

from mlplab.data import GATES
from mlplab.descent import ACTIVATIONS, OPTIMIZERS
from mlplab.explorers.slope import CURVES
from mlplab.network import INITS

CODE = {*GATES, *ACTIVATIONS, *OPTIMIZERS, *INITS, *CURVES}  # the same everywhere
HANGUL = re.compile("[가-힣]")
FONT = "needs a Korean font, such as Debian's package fonts-nanum; CI must have one"


def foreign(texts):
    """The texts that have no Hangul, but for code, numbers and signs."""
    return [
        text
        for text in texts
        if text not in CODE
        and re.search("[A-Za-z]{2,}", text)
        and not HANGUL.search(text)
    ]
