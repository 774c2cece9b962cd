"""Tools and the real systems behind them."""
