"""The one door to the network: guarded fetching, time-stamping authorities."""
