"""`python -m enrich_cli` is `enrich`."""

from enrich_cli.cli.app import main

if __name__ == "__main__":
    main()
