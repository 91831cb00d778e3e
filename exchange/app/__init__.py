"""The composition root: settings, servers, authentication, problems, the HTTP application, the CLI, flows and views."""
