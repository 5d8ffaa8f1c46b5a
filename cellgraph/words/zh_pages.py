"""Chinese for pictures, the interactive page and the gallery."""

WORDS = {
    # Pictures: alternative text, legends and headings.
    "Inputs: {names}": "输入：{names}",
    "Handed to the next step: {names}": "传给下一时间步：{names}",
    "Equations: {names}": "方程：{names}",
    "carried state": "加法携带的状态",
    "given gradient": "给定的梯度",
    "intermediate quantity": "中间量",
    "operation": "运算",
    "gradient along the carry": "沿携带的梯度",
    "gradient by another path": "经其他路径的梯度",
    "on no way of the gradient": "不在梯度路径上",
    "in both": "两者都有",
    "only in the first": "仅前者有",
    "only in the second": "仅后者有",
    # The interactive page.
    "Point at a quantity, or move to it with the Tab key. "
    "Click one, then another, to see the gradient paths between them.": (
        "用鼠标指向一个量，或用 Tab 键移到它。先点一个量，再点另一个，即可看到两者之间的梯度路径。"
    ),
    "Now choose a second quantity, or press Escape.": "再选第二个量，或按 Escape 取消。",
    "No path leads from one to the other within a step.": "在一步之内，两者之间没有路径。",
    "Too many paths to list.": "路径太多，不一一列出。",
    "derivatives": "导数",
    "any real number": "任意实数",
    "derived": "中间量",
    "its parameters": "参数",
    "range": "取值范围",
    "{left} of a gradient is left after {steps} steps back.": "梯度回传 {steps} 步后还剩 {left}。",
    "By the carry {carry} alone it is {carried}.": "仅经携带 {carry} 则为 {carried}。",
    "The Jacobian through {steps} steps is one product.": "{steps} 步的雅可比矩阵是一个乘积。",
    "The Jacobian through {steps} steps is a sum of {terms} products.": "{steps} 步的雅可比矩阵是 {terms} 个乘积之和。",
    "How far the gates are open on average: {gates}.": "门的平均开度：{gates}。",
    "{count} paths": "{count} 条路径",
    "one path": "一条路径",
    "differences": "差异",
    "all": "全部",
    "only what differs": "只看不同之处",
    "levels": "层次",
    "equations": "方程",
    "operations": "运算",
    "weights drawn as by": "权重初始化方式",
    "light / dark": "浅色 / 深色",
    "Where the gradient goes": "梯度去了哪里",
    "Counts": "计数",
    "What kind of cell this is": "这是什么样的单元",
    "In words": "文字说明",
    "work": "工作量",
    "This page needs JavaScript to react; nothing is loaded from anywhere.": (
        "本页需要 JavaScript 才能交互；不会从任何地方加载内容。"
    ),
    "input size": "输入大小",
    "hidden size": "隐藏层大小",
    "output size": "输出大小",
    # The pages of the gallery.
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
    "left after 30 steps": "30 步后剩余",
    "half of it is left after (steps)": "剩一半所需步数",
    "family basic": "基本",
    "family gated": "门控",
    "family linear": "线性",
    "family minimal": "极简",
    "family oscillator": "振子",
}
