"""Reading the web without being led elsewhere: addresses, fetching, text. What pages say is never trusted."""
