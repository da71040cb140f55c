using TorchSharp;
using TorchSharp.Modules;
using Winnow.Networks.Graphs;

namespace Winnow.Onnx.Export;

/// <summary>Which operators TorchSharp's activations are.</summary>
internal static class ActivationRules
{
    /// <inheritdoc cref="LayerRules.Describe"/>
    public static GraphValue? Describe(IGraphBuilder graph, torch.nn.Module layer, GraphValue input) => layer switch
    {
        ReLU => graph.Relu(input),
        LeakyReLU leaky => graph.Each("LeakyRelu", input, ("alpha", leaky.negative_slope)),
        PReLU slopes => graph.Operator("PRelu", input.Rank, [input, slopes.num_parameters == 1 ? graph.State("weight") : graph.Reshape(graph.State("weight"), [-1, .. Enumerable.Repeat(1L, input.Rank - 2)])]),
        ReLU6 => graph.Operator("Clip", input.Rank, [input, graph.Number(0), graph.Number(6)]),
        Sigmoid => graph.Each("Sigmoid", input),
        LogSigmoid => graph.Each("Neg", graph.Each("Softplus", graph.Each("Neg", input))),
        Hardsigmoid => graph.Each("HardSigmoid", input, ("alpha", 1.0 / 6), ("beta", 0.5)),
        Hardswish => graph.Each("HardSwish", input),
        Tanh => graph.Each("Tanh", input),
        SiLU => graph.Silu(input),
        Mish => graph.Mul(input, graph.Each("Tanh", graph.Each("Softplus", input))),
        GELU { approximate: GELU.Approximate.tanh } => ByTanh(graph, input),
        GELU => graph.Gelu(input),
        ELU { alpha: var alpha } => graph.Each("Elu", input, ("alpha", alpha)),
        CELU { alpha: var alpha } => graph.Each("Celu", input, ("alpha", alpha)),
        SELU => graph.Each("Selu", input),
        Softplus { beta: 1 } => graph.Each("Softplus", input),
        Softsign => graph.Each("Softsign", input),
        Softmax most => graph.Softmax(input, most.dim),
        LogSoftmax most => graph.Each("LogSoftmax", input, ("axis", most.dim)),
        _ => null,
    };

    /// <summary>x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))) (Hendrycks and Gimpel, 2016, section 2).</summary>
    private static GraphValue ByTanh(IGraphBuilder graph, GraphValue input)
    {
        var cube = graph.Mul(graph.Mul(graph.Mul(input, input), input), graph.Number(0.044715));
        var bent = graph.Each("Tanh", graph.Mul(graph.Add(input, cube), graph.Number(Math.Sqrt(2 / Math.PI))));
        return graph.Mul(graph.Mul(input, graph.Add(bent, graph.Number(1))), graph.Number(0.5));
    }
}
