"""Compiles the engine's hot modules where there is a C compiler; installs them as they are if not.

The rest of the build is in pyproject.toml. Three files are made before compiling: `precise.pxd`
and `operations.pxd`, the C types of the functions in those modules, and `dispatch.pxd`, which calls
a rule by its code. To add an operation, nothing here has to be touched.
"""

from __future__ import annotations

import ast
import os
import sys
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

AUTOGRAD = Path(__file__).parent / "autograd"
OPTIONS = {
    "language_level": 3,
    "annotation_typing": False,  # the .py files' hints are for people; C types stand in the .pxd
    "cdivision": True,  # 1/0 is inf, as the rules' callers expect; see autograd/domain.py
    "boundscheck": False,
    "initializedcheck": False,
    "nonecheck": False,
    "auto_pickle": False,  # autograd/graph.py knows how; Cython's own way would recurse
}

WARNINGS = ["-Wall", "-Wextra"]


def native():
    """autograd/native.py, without importing the package that is about to be built."""
    spec = spec_from_file_location("chalkgrad_native", AUTOGRAD / "native.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- what is made from the sources -------------------------------------------------------------


def rules(tree):
    """The rules in the order of their codes: [(definition, whether it takes a row)]."""
    functions = {item.name: item for item in tree.body if isinstance(item, ast.FunctionDef)}
    entered = []
    for item in tree.body:
        call = item.value if isinstance(item, ast.Expr) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "operation":
            variadic = any(keyword.arg == "variadic" for keyword in call.keywords)
            entered.append((functions[call.args[0].id], variadic))
    return entered


#: The C types of the names in a rule that are no numbers.
TYPES = {"i": "Py_ssize_t", "half": "Py_ssize_t", "place": "Py_ssize_t"}
TYPES |= {"numbers": "'double *'", "derivatives": "'double *'"}


def doubles(count):
    """The C type of `count` numbers."""
    return f"({', '.join(['double'] * count)})"


def typed_constants(tree):
    """The C types of a module's numbers."""
    constants = [
        target.id
        for item in tree.body
        if isinstance(item, ast.Assign) and not isinstance(item.value, ast.Dict)
        for target in item.targets
    ]
    return f"cdef double {', '.join(constants)}"


def typed_locals(function):
    """The C types of a function's local names: a line for above its own, if it has any."""
    local = sorted(
        {
            name.id
            for name in ast.walk(function)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
    )
    types = [f"{name}={TYPES.get(name, 'double')}" for name in local]
    return [f"@cython.locals({', '.join(types)})"] if types else []


def precise_pxd(tree):
    """The C types of the functions in precise.py: numbers in, a number out, numbers between."""
    lines = [
        "# Made from precise.py by setup.py.",
        "cimport cython",
        "cimport libc.math as math",
        typed_constants(tree),
    ]
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            lines += typed_locals(function)
            arguments = ", ".join(f"double {argument.arg}" for argument in function.args.args)
            lines.append(f"cpdef double {function.name}({arguments}) noexcept nogil")
    return "\n".join(lines) + "\n"


def operations_pxd(tree):
    """The C types of the rules: numbers in and out, and numbers between."""
    lines = [
        "# Made from operations.py by setup.py.",
        "cimport cython",
        "cimport libc.math as math",
        "cimport autograd.precise as precise",  # so written, a change of it is noticed
        "from autograd.rows cimport Row",
        typed_constants(tree),
    ]
    for rule, variadic in rules(tree):
        lines += typed_locals(rule)
        if variadic:
            lines.append(f"cpdef double {rule.name}(Row row) noexcept nogil")
            continue
        names = [argument.arg for argument in rule.args.args]
        optional = len(names) - len(rule.args.defaults)
        arguments = [
            f"double {name}{'=*' if i >= optional else ''}" for i, name in enumerate(names)
        ]
        lines.append(
            f"cpdef {doubles(1 + len(names))} {rule.name}({', '.join(arguments)}) noexcept nogil"
        )
    return "\n".join(lines) + "\n"


def dispatch_pxd(tree):
    """Functions that call a rule by its code: one operand, two operands, a row."""
    entered = list(enumerate(rules(tree), 1))
    lines = [
        "# Made from operations.py by setup.py.",
        "cimport autograd.operations as operations",
        "from autograd.rows cimport Row",
    ]
    for count, names in ((1, "x"), (2, "xy")):
        arguments = ", ".join(["int code", *[f"double {name}" for name in names]])
        head = f"cdef inline {doubles(1 + count)} evaluate{count}({arguments}) noexcept nogil:"
        lines += ["", head]
        branch = "if"
        for code, (rule, variadic) in entered:
            if not variadic and len(rule.args.args) == count and not rule.args.defaults:
                lines.append(f"    {branch} code == {code}:")
                lines.append(f"        return operations.{rule.name}({', '.join(names)})")
                branch = "elif"
        lines.append(f"    return ({', '.join(['0.0'] * (1 + count))})")
    lines += ["", "cdef inline double evaluate_row(int code, Row row) noexcept nogil:"]
    branch = "if"
    for code, (rule, variadic) in entered:
        count = len(rule.args.args)
        if variadic:
            lines.append(f"    {branch} code == {code}:")
            lines.append(f"        return operations.{rule.name}(row)")
            branch = "elif"
        elif count > 2 or rule.args.defaults:
            numbers = ", ".join(f"row.numbers[{i}]" for i in range(count))
            results = "out, " + ", ".join(f"row.derivatives[{i}]" for i in range(count))
            lines.append(f"    {branch} code == {code}:")
            lines.append(f"        {results} = operations.{rule.name}({numbers})")
            lines.append("        return out")
            branch = "elif"
    lines.append("    return 0.0")
    return "\n".join(lines) + "\n"


def write_if_changed(path, text):
    """Write a generated file; an unchanged one keeps its time, and nothing is compiled anew."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


# ---- compiling ----------------------------------------------------------------------------------


class AllOrNone(build_ext):
    """Compiles all hot modules; where one cannot be compiled, none is, and that is no failure."""

    def run(self):
        """Build, or say why the plain sources will run."""
        self.forget_compiled_files()  # never a mixture of old and new
        try:
            super().run()
        except Exception as error:
            print(f"chalkgrad: not compiled, the plain Python engine will run: {error}")
            for output in self.get_outputs():
                Path(output).unlink(missing_ok=True)
            self.forget_compiled_files()
            self.extensions = []

    def forget_compiled_files(self):
        """Delete what is compiled beside the sources, if this build is to replace it."""
        if self.inplace or getattr(self, "editable_mode", False):
            for path in native().compiled_files():
                path.unlink()

    def build_extensions(self):
        """Tell the compiler to round as Python does, and to be quiet about nothing."""
        for extension in self.extensions:
            if self.compiler.compiler_type == "msvc":
                extension.extra_compile_args = ["/O2", "/fp:precise"]
            else:
                extension.extra_compile_args = ["-O2", "-g0", "-ffp-contract=off", *WARNINGS]
        super().build_extensions()


def can_compile():
    """Whether a C compiler, Python's headers and Cython are there."""
    if os.environ.get("CHALKGRAD_PURE", "") not in ("", "0"):
        return False
    try:
        import Cython  # noqa: F401
        from setuptools._distutils.ccompiler import new_compiler
        from setuptools._distutils.sysconfig import customize_compiler

        compiler = new_compiler()
        customize_compiler(compiler)
        import sysconfig

        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "probe.c")
            source.write_text("#include <Python.h>\nint probe(void) { return PY_VERSION_HEX; }\n")
            compiler.add_include_dir(sysconfig.get_path("include"))
            compiler.compile([str(source)], output_dir=folder)
    except Exception as error:
        print(f"chalkgrad: no C compiler, the plain Python engine will run: {error}")
        return False
    return True


def extensions():
    """The hot modules, ready to be compiled."""
    from Cython.Build import cythonize

    precise, operations = [
        ast.parse((AUTOGRAD / name).read_text(encoding="utf-8"))
        for name in ("precise.py", "operations.py")
    ]
    write_if_changed(AUTOGRAD / "precise.pxd", precise_pxd(precise))
    write_if_changed(AUTOGRAD / "operations.pxd", operations_pxd(operations))
    write_if_changed(AUTOGRAD / "dispatch.pxd", dispatch_pxd(operations))
    build = Path("build")
    build.mkdir(exist_ok=True)
    mark = f'const char chalkgrad_sources[] = "{native().fingerprint()}";\n'
    if sys.platform == "win32":
        mark = f"__declspec(dllexport) {mark}"
    write_if_changed(build / "fingerprint.c", mark)
    modules = [
        Extension(
            f"autograd.{name}",
            [f"autograd/{name}.py", "build/fingerprint.c"],
            include_dirs=["autograd"],
            depends=["autograd/kernels.h", "autograd/kernel_loops.h"],
            # Types that live on the heap can be given methods: every function is one.
            define_macros=[("CYTHON_USE_TYPE_SPECS", "1")],
        )
        for name in native().HOT
    ]
    return cythonize(modules, compiler_directives=OPTIONS, build_dir="build", quiet=True)


setup(
    ext_modules=extensions() if can_compile() else [],
    cmdclass={"build_ext": AllOrNone},
)
