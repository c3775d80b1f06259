"""Figures with twice the pixels, for a projector."""

c.InlineBackend.figure_formats = {"retina"}  # noqa: F821
