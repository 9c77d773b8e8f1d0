"""The world behind the ports, each part one port: nothing inside knows which adapter it talks to."""
