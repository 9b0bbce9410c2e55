"""What a person sets up besides feeds: where things are (settings), where files come from and with which keys
(connections.yml); and YAML read and edited so that every fault is named by file and line, and no comment is lost."""
