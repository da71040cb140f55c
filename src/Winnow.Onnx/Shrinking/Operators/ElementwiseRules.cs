using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>Operators that make each number of the numbers at its place: whatever they compute, a channel stays in its place.</summary>
internal static class ElementwiseRules
{
    private static readonly string[] s_names =
    [
        "Abs", "Acos", "Acosh", "Add", "And", "Asin", "Asinh", "Atan", "Atanh", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Div", "Dropout", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu", "Greater",
        "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Less", "LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "PRelu", "Pow", "Reciprocal",
        "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Where", "Xor", "com.microsoft.Gelu", "com.microsoft.QuickGelu",
    ];

    public static IEnumerable<KeyValuePair<string, OperatorRule>> All => s_names.Select(static name => KeyValuePair.Create(name, new OperatorRule(Couple)));

    /// <summary>Axes are aligned from the last one; those of extent 1 are repeated.</summary>
    public static void Couple(GraphNode node, AxisGraph graph)
    {
        foreach (var output in node.Outputs.Where(static name => name.Length > 0))
        {
            var rank = graph.View.Rank(output);
            foreach (var input in node.Inputs.Where(static name => name.Length > 0))
            {
                var shift = rank - graph.View.Rank(input);
                for (var axis = Math.Max(0, -shift); axis + shift < rank; axis++)
                {
                    var (one, other) = (graph[input, axis], graph[output, axis + shift]);
                    if (one.Extent == other.Extent)
                    {
                        graph.Join(one, other);
                    }
                }
            }
        }
    }
}
