"""`python -m tools.spark`: how many of the models Spark takes, so that it stays a way out. No part of the tests.

dbt builds the project on an empty database in a temporary folder, twice: the models are those of any later run. Spark
gets an empty view with the columns and types of each relation, and analyses every model: names, functions and types are
resolved, nothing is run. So this counts what would have to be written anew; that results are equal it does not say.

What is done is the same for all models. First, for the figure "as sqlglot translates":

- Calls of our SQL functions (macros/functions/) are replaced by what they stand for: Spark would have functions, too.
- `union all by name` becomes a `union all` of aligned columns: Spark has it for data frames only.
- sqlglot translates from DuckDB to Spark.

Models for which that is not enough get the translations that sqlglot lacks: `_BESIDES`, `_TYPES`, `_VARIABLES` and
`Translator._besides`. Pre-hooks and materializations are left out. It needs Java 17 and, in a Python that has the
project's requirements: pip install 'pyspark==4.1.*' 'sqlglot>=30'
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
_FUNCTION = re.compile(r"^create or replace macro (\w+)\(([^)]*)\) as(.*?);$", re.MULTILINE | re.DOTALL)
_BESIDES = """
create or replace macro regexp_full_match(sent, pattern) as regexp_matches(sent, '^(' || pattern || ')$');
create or replace macro list_position(list, item) as array_position(list, item);
create or replace macro json_valid(sent) as (try_parse_json(sent) is not null);
"""
"""Functions of DuckDB that sqlglot leaves as they are, by such as it translates or Spark has."""
_TYPES = {"UBIGINT": "decimal(20, 0)", "INT128": "decimal(38, 0)"}
"""Types that Spark lacks, by sqlglot's names: the nearest that it has."""
_VARIABLES = {
    "muster_now": "timestamp_ntz",
    "muster_run": "struct<small boolean, compared boolean, hashed boolean, looking_up boolean>",
    "muster_several_rows": "boolean",
}
"""What `getvariable` asks for: variables of the session in Spark as well, but declared."""


def _needed(module: str) -> Any:
    """A module that is none of our dependencies."""
    try:
        return import_module(module)
    except ImportError:
        sys.exit(f"{module} is missing: pip install 'pyspark==4.1.*' 'sqlglot>=30', in a Python with requirements.txt")


@dataclass(frozen=True)
class Project:
    """What dbt makes of the project."""

    models: dict[str, str]
    """Compiled queries, by the path of their model."""
    relations: dict[str, dict[str, str]]
    """The columns of each relation with their types, by schema__name."""


def built(home: Path) -> Project:
    """Build the project in `home`, its intermediate models in a file, where their types can be read."""
    command = [
        sys.executable, "-W", "ignore", "-m", "dbt.cli.main", "--quiet", "build", "--target", "on_disk",
        "--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", f"{home}/target",
        "--log-path", f"{home}/logs", "--resource-type", "model", "--resource-type", "seed",
    ]  # fmt: skip
    places = {"MUSTER_DATABASE": f"{home}/muster.duckdb", "MUSTER_WORK": f"{home}/work.duckdb", "MUSTER_ROOT": "."}
    env = os.environ | places | {"PYTHONPATH": ".", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    for _ in range(2):
        subprocess.run(command, cwd=ROOT, env=env, check=True)  # noqa: S603  # all of it is ours
    nodes = json.loads((home / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    models = {n["original_file_path"]: n["compiled_code"] for n in nodes if n["resource_type"] == "model"}
    relations: dict[str, dict[str, str]] = defaultdict(dict)
    for database in (home / "muster.duckdb", home / "work.duckdb"):
        with duckdb.connect(str(database), read_only=True) as connection:
            for schema, relation, column, type_ in connection.execute(
                """select schema_name, table_name, column_name, data_type from duckdb_columns()
                where not internal order by table_name, column_index"""
            ).fetchall():
                relations[f"{schema}__{relation}"][column] = type_
    return Project(models, relations)


class Translator:
    """From DuckDB's SQL to Spark's."""

    def __init__(self, project: Project, functions: str, *, besides: bool) -> None:
        """`functions`: the text of our SQL functions, each after those that it uses; `besides`: not sqlglot alone."""
        self.sqlglot = _needed("sqlglot")
        self.exp = self.sqlglot.exp
        self.relations = project.relations
        self.besides = besides
        self.functions: dict[str, tuple[list[str], Any]] = {}
        for name, parameters, body in _FUNCTION.findall(_BESIDES + functions if besides else functions):
            expression = self._expanded(f"select ({body})").expressions[0]
            self.functions[name] = re.findall(r"\w+", parameters), expression

    def query(self, model: str) -> str:
        """A compiled model as Spark gets it."""
        exp = self.exp
        tree = self._expanded(model)
        for table in list(tree.find_all(exp.Table)):
            if table.db:
                alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
                table.replace(exp.Table(this=exp.to_identifier(f"{table.db}__{table.name}"), alias=alias))
        for union in reversed(list(tree.find_all(exp.Union))):
            if union.args.get("by_name"):
                self._align(union)
        return str((tree.transform(self._besides) if self.besides else tree).sql(dialect="spark"))

    def stub(self, relation: str) -> str:
        """The query of an empty view with a relation's columns."""
        build, columns = self.exp.DataType.build, self.relations[relation].items()
        types = [build(name, dialect="duckdb").transform(self._besides).sql(dialect="spark") for _, name in columns]
        nulls = [f"cast(null as {type_}) as `{name}`" for type_, (name, _) in zip(types, columns, strict=True)]
        return f"select {', '.join(nulls)} where false"

    def _besides(self, node: Any) -> Any:
        """What sqlglot does not translate, or not well."""
        exp = self.exp
        if isinstance(node, exp.CTE):
            node.set("materialized", None)  # a hint to DuckDB
        elif isinstance(node, exp.DataType) and node.this.name in _TYPES:
            return exp.DataType.build(_TYPES[node.this.name])
        elif isinstance(node, exp.Filter) and isinstance(node.this, exp.IgnoreNulls):  # any_value: the other way round
            return exp.IgnoreNulls(this=exp.Filter(this=node.this.this, expression=node.expression))
        elif isinstance(node, exp.Anonymous) and node.name.lower() == "getvariable":
            return exp.column(node.expressions[0].name)
        return node

    def _expanded(self, text: str) -> Any:
        """A query with the calls of our functions replaced, the innermost first."""
        tree = self.sqlglot.parse_one(text, read="duckdb")
        for call in reversed(list(tree.find_all(self.exp.Func))):
            name = call.name if isinstance(call, self.exp.Anonymous) else call.sql_name()
            if name.lower() in self.functions:
                call.replace(self._applied(*self.functions[name.lower()], list(call.iter_expressions())))
        return tree

    def _applied(self, parameters: list[str], body: Any, arguments: list[Any]) -> Any:
        values, body = dict(zip(parameters, arguments, strict=True)), body.copy()
        for column in list(body.find_all(self.exp.Column)):
            first, *fields = column.parts
            if first.name in values:
                value = self.exp.paren(values[first.name])
                column.replace(self.exp.Dot.build([value, *fields]) if fields else value)
        return body

    def _align(self, union: Any) -> None:
        """Make a `union all by name` one by position."""
        names = self._columns(union)
        for side in ("this", "expression"):
            there = self._columns(union.args[side])
            columns = [name if name in there else f"null as {name}" for name in names]
            union.set(side, self.exp.select(*columns).from_(union.args[side].subquery("branch")))
        union.set("by_name", False)

    def _columns(self, source: Any) -> list[str]:
        """The names of the columns of a query, or of a table that one reads."""
        exp = self.exp
        if isinstance(source, exp.Subquery):
            return self._columns(source.this)
        if isinstance(source, exp.Union):
            more = self._columns(source.expression) if source.args.get("by_name") else []
            return list(dict.fromkeys([*self._columns(source.this), *more]))
        if isinstance(source, exp.Table):
            if source.name in self.relations:
                return list(self.relations[source.name])
            return self._columns(next(cte.this for cte in self._ctes(source) if cte.alias == source.name))
        clauses = [source.args.get("from_"), *(source.args.get("joins") or [])]
        names: list[str] = []
        for column in source.expressions:
            if not column.is_star:
                names.append(column.alias_or_name)
                continue
            qualifier, star = (column.table, column.this) if isinstance(column, exp.Column) else ("", column)
            dropped = {name.name for name in star.args.get("except_") or []}
            read = [clause.this for clause in clauses if qualifier in ("", clause.this.alias_or_name)]
            names += [name for table in read for name in self._columns(table) if name not in dropped]
        return names

    def _ctes(self, node: Any) -> Iterator[Any]:
        """The common table expressions that a table can mean, the nearest first."""
        while node := node.parent:
            if isinstance(node, self.exp.Query):
                yield from node.ctes


@dataclass(frozen=True)
class Failure:
    """A model that Spark does not take, and why: the kind is Spark's own name of the error."""

    model: str
    kind: str
    message: str


@dataclass
class Report:
    """What became of the models."""

    by_sqlglot: list[str] = field(default_factory=list)
    """Analysed as sqlglot translates them."""
    besides: list[str] = field(default_factory=list)
    """Analysed with the translations of this script as well."""
    failures: list[Failure] = field(default_factory=list)

    def __str__(self) -> str:
        """The figures, and what fails by kind, the most frequent first."""
        by_kind: dict[str, list[Failure]] = defaultdict(list)
        for failure in self.failures:
            by_kind[failure.kind].append(failure)
        good = len(self.by_sqlglot) + len(self.besides)
        total = good + len(self.failures)
        lines = [
            f"Spark analyses {good} of {total} models ({good / total:.0%}):"
            f" {len(self.by_sqlglot)} as sqlglot translates, {len(self.besides)} with translations besides."
        ]
        for kind, failures in sorted(by_kind.items(), key=lambda item: -len(item[1])):
            lines.append(f"{len(failures):4}  {kind}")
            lines += [f"      {Path(one.model).stem:36}  {one.message[:120]}" for one in failures]
        return "\n".join(lines)


def analysed(project: Project, home: Path) -> Report:
    """Let Spark analyse all models."""
    files = sorted((ROOT / "macros" / "functions").glob("*.sql"))
    functions = "\n".join(file.read_text(encoding="utf-8") for file in files)
    by_sqlglot, besides = (Translator(project, functions, besides=besides) for besides in (False, True))
    settings = {
        "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.memory": "1g",
        "spark.log.level": "OFF", "spark.sql.warehouse.dir": f"{home}/warehouse",
    }  # fmt: skip
    logging.disable()  # both tell at length what they do not take
    spark = _needed("pyspark.sql").SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    for name, type_ in _VARIABLES.items():
        spark.sql(f"declare variable {name} {type_}")
    for relation in project.relations:
        spark.sql(f"create temporary view `{relation}` as {besides.stub(relation)}")
    report = Report()
    for model, text in sorted(project.models.items()):
        if _failure(spark, by_sqlglot, model, text) is None:
            report.by_sqlglot.append(model)
        elif failure := _failure(spark, besides, model, text):
            report.failures.append(failure)
        else:
            report.besides.append(model)
    spark.stop()
    return report


def _failure(spark: Any, translator: Translator, model: str, text: str) -> Failure | None:
    try:
        spark.sql(translator.query(text))
    except Exception as error:  # whatever sqlglot, Spark or the bridge to it raise
        told = re.search(r"\[([A-Z][\w.]+)\] (.+)", str(error))
        kind, message = told.groups() if told else (type(error).__name__, str(error).strip().partition("\n")[0])
        return Failure(model, kind, message.partition(" SQLSTATE:")[0])
    return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m tools.spark", description="How many models Spark takes.")
    parser.add_argument("--json", action="store_true", help="models and messages, for programs")
    options = parser.parse_args(arguments)
    for module in ("sqlglot", "pyspark.sql", "dbt.cli.main"):
        _needed(module)
    if not shutil.which("java") and "JAVA_HOME" not in os.environ:
        sys.exit("Java is missing: apt-get install openjdk-17-jre-headless")
    with TemporaryDirectory() as home:
        report = analysed(built(Path(home)), Path(home))
    print(json.dumps(asdict(report), indent=2) if options.json else report)


if __name__ == "__main__":
    main()
