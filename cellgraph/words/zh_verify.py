"""Chinese for the verification of cells beside real libraries."""

WORDS = {
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
