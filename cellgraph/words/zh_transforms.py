"""Chinese for transforms: what they add to a title, what they say of themselves, and why one does not fit a cell."""

WORDS = {
    "{title}, {change}": "{title}（{change}）",
    "too large for a spec, which has at most {equations} equations and names of at most {length} characters": (
        "对规格来说过大：规格至多有 {equations} 个方程，名称至多 {length} 个字符"
    ),
    "with peephole connections": "带窥视孔连接",
    "Peepholes lead from {states} to {gates}, one weight a unit: a gate that shuts the view of a state off for the "
    "rest of the cell does not shut it off for the gates, which helps with exact timing.": (
        "窥视孔连接从 {states} 通向 {gates}，每单元一个权重：即使输出被门关住，各门仍能看到该状态，有助于精确计时。"
    ),
    "no peepholes can be added: the cell has no gate, or no state that is carried on by addition": (
        "无法添加窥视孔：该单元没有门，或没有以加法携带的状态"
    ),
    "no peepholes can be added: each gate of a state that is carried on by addition sees that state already, "
    "or is no function of one sum": (
        "无法添加窥视孔：以加法携带的状态，其各门都已看到该状态，或者不是单个加权和的函数"
    ),
    "with coupled gates": "门耦合",
    "{equations}: what one gate keeps of a state is what the other does not write into it, so that one gate does "
    "the work of two, and the parameters of the other go.": (
        "{equations}：一个门对状态保留多少，另一个门就少写入多少，于是一个门做两个门的工作，省去另一个门的参数。"
    ),
    "no pair of gates that can be coupled: the weights of old and new add up to 1 already": (
        "没有可以耦合的一对门：新旧两者的权重之和已恒为 1"
    ),
    "no pair of gates that can be coupled: no state is kept by one gate and written by another": (
        "没有可以耦合的一对门：没有哪个状态由一个门保留、由另一个门写入"
    ),
    "with a recurrent projection": "带循环投影",
    "The output {output} is projected to a size {size} of its own before it recurs, so that the cell can be "
    "large while its recurrent matrices stay small.": (
        "输出 {output} 先投影到单独的维数 {size} 再参与循环，于是单元可以很大，而循环矩阵保持较小。"
    ),
    "no projection: the output {output} is no state that is a vector": "无法投影：输出 {output} 不是向量状态",
    "the size of {name} cannot change: {reader} is made from it without a matrix between the two": (
        "{name} 的维数不能改变：{reader} 由它算出，其间没有矩阵"
    ),
    "with layer normalisation": "层归一化",
    "What goes into {users} is centred and scaled over the units of the layer at each step, with a gain and a bias "
    "that are learned: the activations see inputs of one size however large the weights grow.": (
        "每一步都把 {users} 的输入在本层各单元间中心化并缩放，带可学习的增益和偏置："
        "无论权重多大，激活函数的输入尺度不变。"
    ),
    "nothing to normalise: no activation takes a sum of weighted inputs or states that is not normalised already": (
        "没有可归一化的量：没有激活函数接受尚未归一化的加权输入或加权状态之和"
    ),
    "with diagonal recurrence": "对角循环",
    "Recurrent matrices become diagonal ({matrices}): each unit recalls itself alone, which takes one weight for "
    "each unit instead of one for each pair, and gradients through them do not mix units.": (
        "循环矩阵变为对角阵（{matrices}）：每个单元只回忆自身，"
        "权重由每对单元一个变为每单元一个，经过它们的梯度不混合各单元。"
    ),
    "no recurrence can be made diagonal: no square matrix of parameters weighs an old state alone": (
        "没有可以对角化的循环：没有哪个参数方阵只作用于旧状态"
    ),
    "with multiplicative integration": "乘性整合",
    "In {sums} the weighted input and the weighted old state are multiplied as well as added, so that each scales "
    "what the other does to the gradient.": (
        "在 {sums} 中，加权输入与加权旧状态除相加外还相乘，于是各自缩放对方对梯度的作用。"
    ),
    "no multiplicative integration: no sum has a weighted input and a weighted old state as terms": (
        "无法乘性整合：没有哪个和式同时含有加权输入与加权旧状态"
    ),
    "with zoneout": "带 zoneout",
    "with zoneout, in training": "带 zoneout，训练时",
    "Each unit of {states} keeps its old value with probability {share} (zoneout, in training): what the step "
    "computes is dropped at random, and gradients go back unhindered where the old value stays. The noise is "
    "an input, uniform between 0 and 1, or normal.": (
        "{states} 的每个单元以概率 {share} 保留旧值（zoneout，训练时）："
        "本步算出的值被随机丢弃，保留旧值处梯度无阻碍地回传。"
        "噪声是输入，在 0 到 1 之间均匀分布，或为正态分布。"
    ),
    "A share {share} of {states} stays as it was (zoneout, in evaluation): in training each unit keeps its old "
    "value with that probability, and here the expected state is handed on.": (
        "{states} 保留旧值的 {share}（zoneout，评估时）：训练时每个单元以该概率保留旧值，此处传递期望状态。"
    ),
    "no zoneout: no state is read before the step, so there is nothing to keep": (
        "无法使用 zoneout：没有被读取的旧状态可以保留"
    ),
    "in {layers} layers": "{layers} 层堆叠",
    "{layers} layers, one above the other: each further layer reads the output of the one below at the same step, "
    "and has states and parameters of its own.": (
        "{layers} 层堆叠：上一层在同一步读取下一层的输出，每层有各自的状态和参数。"
    ),
    "no stack: that needs one input and one output, both vectors": "无法堆叠：需要恰好一个输入和一个输出，且都是向量",
    "in both directions": "双向",
    "A second cell with parameters of its own reads the sequence from its end: at step k the first is at place k "
    "and the second ({inputs}) at place T+1-k. {output} holds the outputs of both at step k; those that belong to "
    "one place come together when the sequence is over.": (
        "另一个有独立参数的单元从序列末端读起：第 k 步时前者在位置 k，后者（{inputs}）在位置 T+1-k。"
        "{output} 是两者在第 k 步的输出；"
        "同一位置的两个输出要等序列结束后才拼到一起。"
    ),
    "no second direction: the output {output} is no vector": "无法双向：输出 {output} 不是向量",
}
