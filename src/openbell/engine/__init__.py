"""The core: a function of its inputs. No clock, disk, network, chance or await in here."""
