"""Chinese for the pages of the gallery."""

WORDS = {
    "all cells": "全部单元",
    "a page to point at and click": "可以指、可以点的页面",
    "Recurrent cells": "循环单元",
    "{count} cells. Everything here is derived from the equations in their specs. cellgraph gallery makes such "
    "pages of every cell that ships with it, or of those that you name; with --check it tells whether they are "
    "up to date.": (
        "共 {count} 个单元。本目录的全部内容都由各单元规格中的方程推导而来。"
        "cellgraph gallery 可为自带的全部单元或指定的单元生成这样的页面，加上 --check 则检查是否为最新。"
    ),
    "Side by side": "对照",
    "Families": "类别",
    "{family}": "{family}",
    "other cells": "其他单元",
    "cells": "单元数",
    "Equations": "方程",
    "Structure": "结构",
    "Explanation": "说明",
    "Parameters, and what libraries count": "参数量，以及各个库的计数",
    "Gradient of one step": "单步梯度",
    "From one step to the next": "从一步到下一步",
    "Cost of one step": "单步开销",
    "Verified against": "已对照验证",
    "Spec": "规格文件",
    "{count} characters long, and so not shown here; {command} prints it.": (
        "共 {count} 个字符，过长而不在此列出；可用 {command} 打印。"
    ),
    "class": "类",
    "options": "选项",
    "arrays": "数组",
    "No library that cellgraph runs has this cell: its equations are checked by themselves.": (
        "cellgraph 所运行的库中没有这个单元：其方程单独检验。"
    ),
    "The test suite runs each of these beside this spec: parameter count, one step, and gradients.": (
        "测试会把下列每个类与本规格一起运行，比较参数量、单步输出与梯度。"
    ),
    "From {a} to {b}": "从 {a} 到 {b}",
    "bias of the gate": "门的偏置",
    "gate": "门的值",
    "left after 30 steps": "30 步后剩余",
    "half of it is left after (steps)": "剩一半所需步数",
    "family basic": "基本",
    "family gated": "门控",
    "family linear": "线性",
    "family minimal": "极简",
    "family oscillator": "振子",
}
