"""Chinese for tables: counts, costs, budgets, how libraries lay parameters out, and their verification."""

COPIES = "{names} 各有两份相加的副本：这 {whole} 个数中有 {extra} 个是冗余的"

WORDS = {
    # Titles, columns and notes of tables and listings.
    "yes": "是",
    "no": "否",
    "cell": "循环单元",
    "parameter": "参数",
    "parameters": "参数量",
    "shape": "形状",
    "kind": "类别",
    "used by": "所属",
    "formula": "公式",
    "number": "数量",
    "ratio": "比例",
    "why": "原因",
    "matrix": "矩阵",
    "vector": "向量",
    "scalar": "标量",
    "matrices": "矩阵数",
    "vectors": "向量数",
    "counted as": "计数方式",
    "the paper": "论文",
    "total": "合计",
    "total of {stack}": "合计（{stack}）",
    "{layers} layers": "{layers} 层",
    "both directions": "双向",
    "{first}, {second}": "{first}，{second}",
    "{first}; {second}": "{first};{second}",
    "{cell} as {library}": "{cell}，按 {library} 计",
    "{cell}": "{cell}",
    "{title}": "{title}",
    "": "",
    "weight matrices: {matrices}, vectors: {vectors}, scalars: {scalars}": (
        "权重矩阵 {matrices} 个，向量 {vectors} 个，标量 {scalars} 个"
    ),
    "why: {reason}": "原因：{reason}",
    "not counted: the readout ({names}), {formula}": "未计入：输出层（{names}），{formula}",
    "parameters side by side": "参数量对照",
    "comparison of {cells}": "{cells} 对照",
    "states": "状态",
    "handed to the next step: {states}": "交给下一时间步的：{states}",
    "before the first step, zero elsewhere: {states}": "第一步之前，其余为零：{states}",
    "output: {output}": "输出：{output}",
    "readout, made from the state and not handed on": "输出层（由状态算出，不传给下一步）",
    "note: {note}": "说明：{note}",
    "reference: {reference}": "文献：{reference}",
    "quantities": "量",
    "quantity": "量",
    "role": "角色",
    "meaning": "含义",
    "input": "输入",
    "state": "状态",
    "constant": "常数",
    "seed": "起始梯度",
    "computed": "中间量",
    "gradient of {cell}": "{cell} 的梯度",
    "A gradient has the shape of its variable; {adjoint} for a quantity {q} inside the step.": (
        "梯度与其变量形状相同；对步内的量 {q}，{adjoint}。"
    ),
    "names that the gradient refers to": "梯度中用到的中间量",
    "adjoint equations": "伴随方程",
    "name": "名称",
    "title": "标题",
    "year": "年份",
    "family": "类别",
    "verified against": "已验证于",
    "equations only": "仅有方程",
    "{library} (recorded)": "{library}（已记录）",
    # Costs, memory and budgets.
    "cost of {cell}": "{cell} 的开销",
    "operations by equation": "按方程统计的运算量",
    "equation": "方程",
    "transcendental": "超越函数",
    "{count} {function}": "{count} 次 {function}",
    "one step of {cell}, one sample": "{cell} 的一步，一个样本",
    "each cell of the stack is counted by itself, with all that it reads": (
        "堆叠中的每个单元各自计数，包括它读取的全部内容"
    ),
    "one step of {cell}, {stack}, one sample": "{cell} 的一步（{stack}），一个样本",
    "unit": "单位",
    "multiply-accumulates": "乘加运算",
    "floating-point operations": "浮点运算",
    "calls of {function}": "{function} 的调用",
    "of the FLOP, sequential": "其中必须逐步进行的浮点运算",
    "of the FLOP, hoisted out of the loop": "其中可提到循环之外的浮点运算",
    "backward, all gradients": "反向传播（全部梯度）",
    "weights read": "读取的权重",
    "state handed on": "传给下一步的状态",
    "activations kept, the rest rebuilt": "需保存的激活值（其余重算）",
    "activations kept by eager autograd": "即时自动微分保存的激活值",
    "arithmetic intensity, batch {batch}, {width} bytes a number": "计算强度，批大小 {batch}，每数 {width} 字节",
    "MAC": "MAC",
    "FLOP": "FLOP",
    "FLOP/byte": "FLOP/字节",
    "bytes": "字节",
    "calls": "次",
    "numbers": "个数",
    "kept for the backward pass: {values}": "为反向传播保存：{values}",
    "a dot product of k numbers is k MAC and 2k − 1 FLOP; activations are calls, and no FLOP": (
        "k 维点积计 k 次 MAC、2k − 1 次 FLOP；激活函数按调用次数计，不计入 FLOP"
    ),
    "a sequence of {steps} steps, batch {batch}, {width} bytes a number": (
        "{steps} 步的序列，批大小 {batch}，每数 {width} 字节"
    ),
    "multiply-accumulates, forward": "前向传播的乘加运算",
    "floating-point operations, forward": "前向传播的浮点运算",
    "multiply-accumulates, backward": "反向传播的乘加运算",
    "weights": "权重",
    "activations for BPTT": "沿时间反向传播所需激活值",
    "activations for truncated BPTT": "截断的沿时间反向传播所需激活值",
    "activations for BPTT with a checkpoint every √T steps": "每 √T 步设一个检查点时所需激活值",
    "MiB is 1024² bytes, MB is 10⁶": "MiB 为 1024² 字节，MB 为 10⁶ 字节",
    "BPTT is cut off after {steps} steps": "沿时间反向传播在 {steps} 步处截断",
    "what other counters print for one step of the same layer in PyTorch": (
        "其他计数工具对同一 PyTorch 层一步给出的数字"
    ),
    "counter": "工具",
    "its unit": "其单位",
    "what it counts": "统计的内容",
    "each weight and each bias once; nothing elementwise, no activation; a bias counts as a product": (
        "每个权重与偏置各计一次；不计逐元素运算与激活函数；偏置被当作一次乘法"
    ),
    "MAC of the matrices and elementwise operations in one sum; both biases; one sample of the batch": (
        "矩阵的 MAC 与逐元素运算相加；两组偏置都计；只计批中的一个样本"
    ),
    "MAC of the matrices and elementwise operations in one sum; both biases; no activation": (
        "矩阵的 MAC 与逐元素运算相加；两组偏置都计；不计激活函数"
    ),
    "nothing: it skips recurrent layers as unsupported and prints 0, which is no count": (
        "什么都不计：不支持循环层而跳过，给出的 0 并不是统计结果"
    ),
    "products and sums of the matrices, both biases, elementwise operations; no activation": (
        "矩阵的乘法与加法、两组偏置、逐元素运算；不计激活函数"
    ),
    "{cell} with {count} parameters": "{count} 个参数的 {cell}",
    "fit": "取法",
    "at most": "不超过",
    "nearest": "最接近",
    "difference": "差",
    "counted by {formula}": "参数量公式：{formula}",
    "even {dim} = 1 takes more": "即使 {dim} = 1 也已超出",
    "add up to 1": "之和恒为 1",
    "weight matrices": "权重矩阵数",
    "sizes": "大小",
    "number of parameters": "参数个数",
    "MAC a step": "每步 MAC",
    "FLOP a step": "每步 FLOP",
    "activation calls a step": "每步激活函数调用",
    "numbers handed on": "传给下一步的数",
    "numbers kept for BPTT a step": "每步为 BPTT 保存的数",
    "{first} hands on {a}, {other} hands on {b}.": "{first} 传给下一步的是 {a}，{other} 传给下一步的是 {b}。",
    "{carrying} carries its state on by an additive term, {without} does not.": (
        "{carrying} 以加法项携带状态，{without} 没有。"
    ),
    "In {coupled} keeping and writing add up to 1, in {free} they are set apart.": (
        "{coupled} 中保留与写入的系数之和恒为 1，{free} 中两者各自独立。"
    ),
    "{first} is of scan class {a}, {other} of {b}.": "{first} 的扫描类别是 {a}，{other} 是 {b}。",
    "{other} has exactly as many parameters as {first}.": "{other} 与 {first} 的参数量完全相同。",
    "{other} has {times} times the parameters of {first}.": "{other} 的参数量是 {first} 的 {times} 倍。",
    "{other} has {percent} more parameters than {first}.": "{other} 的参数比 {first} 多 {percent}。",
    "{other} has {percent} fewer parameters than {first}.": "{other} 的参数比 {first} 少 {percent}。",
    # How libraries lay parameters out.
    "each parameter is stored once": "每个参数只存储一份",
    "two copies of {names} are added up: {extra} of these {whole} numbers are redundant": COPIES,
    "two copies of {names} are added up: {extra} of these {whole} numbers are redundant; "
    "{other} is not, it is multiplied by {factor}": COPIES + "；{other} 并不冗余，因为它要与 {factor} 相乘",
    "{names} is left out: {fewer} fewer": "没有 {names}：少 {fewer} 个",
    "{extra} of its numbers are never read": "其中 {extra} 个数从不被读取",
    # The verification of cells beside real libraries.
    "cells beside the real thing": "与真实实现对照",
    "implementation": "实现",
    "version": "版本",
    "status": "状况",
    "count": "数目",
    "forward error": "前向误差",
    "gradient error": "梯度误差",
    "passed": "通过",
    "failed": "未通过",
    "not installed": "未安装",
    "recorded": "已记录",
    "a recorded run, which the tests compare": "已记录的运行，由测试对照",
    "its arrays are described; nothing here runs it": "只描述了其数组；此处无法运行它",
    "needs {library}": "需要 {library}",
    "it stores {count} numbers; by the spec {expected}": "它存有 {count} 个数；按规格为 {expected} 个",
    "computes in {precision}, and does not differentiate": "以 {precision} 计算，且不求导",
    "computes in {precision}": "以 {precision} 计算",
    "differentiates in {precision}": "以 {precision} 求导",
    "{passed} passed, {failed} failed, {recorded} recorded, {absent} not installed": (
        "{passed} 个通过，{failed} 个未通过，{recorded} 个已记录，{absent} 个未安装"
    ),
    "errors are relative to the largest value; gradients are those of a loss over all steps": (
        "误差相对于最大值；梯度是对全部时间步之损失的梯度"
    ),
}
