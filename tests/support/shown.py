"""What a cell shows of an explorer, a quiz or the progress, without a kernel."""

from unittest import mock


def shown(thing):
    """The data of its outputs, a list of {media type: content}."""
    with mock.patch("mlplab.stored.display") as display:
        thing._ipython_display_()
    assert all(call.kwargs == {"raw": True} for call in display.call_args_list)
    return [call.args[0] for call in display.call_args_list]
