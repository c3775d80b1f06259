"""What a cell shows of an explorer, a quiz or the progress, without a kernel."""

from unittest import mock


def shown(thing):
    """The data of its outputs, a list of {media type: content}."""
    with mock.patch("mlplab.stored.display") as display:
        thing._ipython_display_()
    for call in display.call_args_list:
        size = {"width", "height"} if "image/png" in call.args[0] else set()
        assert call.kwargs.pop("raw") is True
        metadata = call.kwargs.get("metadata", {})
        assert {*metadata.get("image/png", {})} == size
    return [call.args[0] for call in display.call_args_list]
