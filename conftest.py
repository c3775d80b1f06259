"""Keep the reader's own Jupyter and matplotlib out of `pytest --nbval notebooks`."""

import os
import tempfile

from tools.kernels import kernel_environment


def pytest_configure(config):
    """Give the kernels that nbval starts an environment of their own."""
    if not config.getoption("nbval", default=False):
        return
    folder = tempfile.TemporaryDirectory()
    config.add_cleanup(folder.cleanup)
    own = kernel_environment(folder.name)
    os.environ.clear()
    os.environ.update(own)
    # Not a kernel of the reader's that has the name in the notebooks.
    config.option.nbval_current_env = True
