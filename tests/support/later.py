"""What `make test` asks of some, and `make soak` of the others as well."""

import pytest


def these_now(now, every):
    """Every one as a parameter: these now, the others in the longer run."""
    later = pytest.mark.long
    return [each if each in now else pytest.param(each, marks=later) for each in every]
