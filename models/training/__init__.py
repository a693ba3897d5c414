"""How the weights are made: data, training, measurement, export. Needs the extra `train`; nothing else imports it."""
