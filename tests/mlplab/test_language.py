"""What explorers say in another language: the same, and nothing is lost by it."""

import re

import numpy as np
import pytest

from mlplab import language
from mlplab.language import speak, spoken, tr
from support.explorers import NAMES, full, make, of_these_now, picture, send
from support.korean import HANGUL, foreign

every_explorer = pytest.mark.parametrize("name", NAMES)
QUICK = ("explore_line", "explore_graph", "explore_perceptron", "explore_slope")


@pytest.fixture
def korean():
    speak("ko")
    yield
    speak("en")


def test_english_is_spoken_at_first_and_again(korean):
    assert (spoken(), tr("seed")) == ("ko", "시드")
    speak("en")
    assert (spoken(), tr("seed")) == ("en", "seed")


@pytest.mark.parametrize("name", ["fr", "KO", "", None])
def test_a_language_that_is_not_there_is_refused(name, korean):
    with pytest.raises(ValueError, match=f"one of en, ko, got {name!r}"):
        speak(name)
    assert spoken() == "ko"


def test_what_is_missing_stays_english_and_is_filled(korean):
    assert tr("a text that {who} wrote", who="nobody {0}") == (
        "a text that nobody {0} wrote"
    )
    assert tr("") == ""


def test_a_reader_s_own_locale_changes_nothing(monkeypatch):
    for variable in ("LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.setenv(variable, "ko_KR.UTF-8")
    speak("en")
    assert tr("seed") == "seed"


@every_explorer
def test_all_that_an_explorer_shows_is_korean(name, korean):
    explorer = make(name)
    form = explorer.page.form
    assert form["language"] == "ko"
    labels = [control["label"] for control in form["controls"].values()]
    labels += [text for c in form["controls"].values() for text in c["texts"]]
    buttons = [text for title, row in form["buttons"] for text in (title, *row)]
    tips = [handle["says"] for handle in explorer.page.handles]
    challenges = [sentence for sentence, _ in explorer.page.challenges]
    texts = [*labels, *buttons, *tips, *challenges, form["title"], form["invitation"]]
    texts += [form["details"], explorer.page.status, *form["words"].values()]
    assert foreign(texts) == []
    for label in explorer.presets:
        send(explorer, "press", label=tr(label))
        assert HANGUL.search(explorer.page.story), label
        assert HANGUL.search(explorer.page.status), label
    explorer.close()


@of_these_now(QUICK)
def test_it_does_what_the_english_one_does(name, korean):
    explorer = make(name)
    speak("en")
    twin = full(name)
    for label in [None, *explorer.presets]:
        twin.set(**twin.start)
        if label:
            twin.press(label)
            speak("ko")
            send(explorer, "press", label=tr(label))
            speak("en")
        assert explorer.values() == twin.values()
        assert (picture(explorer) == picture(twin)).all()  # pictures are English
        numbers = [
            sorted(re.findall(r"\d+(?:\.\d+)?", e.text)) for e in (explorer, twin)
        ]
        assert numbers[0] == numbers[1], explorer.text
    explorer.close()


def test_a_hand_takes_what_has_a_korean_name(korean):
    explorer = make("explore_line")
    at = {"panel": "picture", "says": "직선 옮기기", "x": 0.5, "y": 0.5}
    before = explorer.values()
    assert at["says"] in [handle["says"] for handle in explorer.page.handles]
    send(explorer, "take", **at, first=True)
    send(explorer, "take", **at | {"y": 0.3})
    assert explorer.values()["b"] != before["b"]
    explorer.close()


def test_what_is_typed_is_answered_in_korean(korean):
    explorer = make("explore_perceptron")
    send(explorer, "type", control="learning_rate", text="fast")
    assert "“fast”" in explorer.page.story and HANGUL.search(explorer.page.story)
    send(explorer, "type", control="learning_rate", text="2.2")
    assert explorer.values()["learning_rate"] == 2
    assert np.all([each in explorer.page.story for each in ("0.01", "100", "2")])
    explorer.close()


def test_a_slider_is_shown_where_its_word_is_chosen(korean):
    explorer = make("explore_graph")
    controls = explorer.page.form["controls"]
    for control in controls.values():
        if control["only"]:
            chooser, word = control["only"]
            assert word in controls[chooser]["texts"]
    explorer.close()


def test_no_catalogue_at_all_is_english(monkeypatch, tmp_path):
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    speak("ko")
    assert tr("seed") == "seed"
    speak("en")
