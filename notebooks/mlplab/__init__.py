"""The helper package of the course: it trains, draws, and wires the widgets."""
