pytest_plugins = ["messina.testing.plugin"]
