"""One connection to an MQTT broker, as both the uplink and the collector need it; knows nothing of plates."""
