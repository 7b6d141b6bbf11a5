"""What the action server can do, a file a skill; rasa_sdk finds the actions by walking this package."""
