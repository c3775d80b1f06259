"""The languages of the course: names of files, folders of pages, who speaks when."""

from contextlib import contextmanager
from pathlib import Path

from mlplab.language import speak
from tools.korean import korean_name

NAMES = {"en": "English", "ko": "한국어"}
HOMES = {"en": "", "ko": "ko/"}  # the folder of the site with a language's pages


def edition(name, language):
    """The name of a file's sibling in a language."""
    return korean_name(name) if language == "ko" else name


def language_of(path):
    """The language of a notebook or text, by its file's name."""
    return "ko" if ".ko." in Path(path).name else "en"


def base(language, place):
    """What leads from a page at a place in its language's folder to the site's."""
    return "../" * (HOMES[language] + place).count("/")


@contextmanager
def speaking(path):
    """Let texts be in the language of a file."""
    speak(language_of(path))
    try:
        yield
    finally:
        speak("en")
