"""The language of what explorers, checks, quizzes and the board say; English at first.

Texts stand in the code in English. `tr` looks them up in the catalogue of the language
that a notebook has chosen; what is missing there stays English. Pictures and code are
the same in every language.
"""

import gettext
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("en", "ko")
_catalogue = gettext.NullTranslations()


def speak(language):
    """Let all that is made from now on speak a language: "en" or "ko"."""
    global _catalogue
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise ValueError(f"language must be one of {known}, got {language!r}")
    _catalogue = gettext.translation("mlplab", LOCALE, [language], fallback=True)


def spoken():
    """Return the language chosen: "en" or "ko"."""
    return _catalogue.info().get("language", LANGUAGES[0])


def tr(text, **values):
    """Return a text in the language chosen, its {names} filled with values."""
    text = text and _catalogue.gettext(text)  # of "" it would give its head
    return text.format(**values) if values else text


def marked(html):
    """Return HTML that says in which language it is; Korean breaks between words."""
    return f'<div lang="{spoken()}" style="word-break: keep-all">{html}</div>'
