using System.Globalization;
using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>
/// Gradients of the cross-entropy with respect to a last layer's weights and biases, (p − e_y) ⊗ [h; 1], from the probabilities p, the label y and the layer's input h. They are
/// never written down: a product of two is that of the residuals p − e_y times one more than that of the inputs.
/// </summary>
internal static class LastLayer
{
    // Samples whose residuals are in memory at once; a sum's order doesn't depend on it.
    private const int Block = 1024;

    /// <summary>How far from 1 the probabilities of a sample may add up to: half precision rounds this much over a thousand classes.</summary>
    private const double Slack = 0.01;

    /// <summary>How many probabilities a sample has.</summary>
    public static int Classes(SelectionInput input) => input.Count == 0 ? 0 : input.Probabilities.Length / input.Count;

    /// <summary>Refuses probabilities that aren't any, and labels without one.</summary>
    /// <exception cref="SelectionException">Names the sample.</exception>
    public static void Check(SelectionInput input)
    {
        var classes = Classes(input);
        var all = input.Probabilities.Span;
        var labels = input.Labels.Span;
        for (var i = 0; i < input.Count; i++)
        {
            double sum = 0;
            foreach (var p in all.Slice(i * classes, classes))
            {
                if (p is not (>= 0 and <= 1.001f))
                {
                    throw new SelectionException(string.Create(CultureInfo.InvariantCulture, $"a probability of sample {i} is {p}; probabilities are in [0, 1], the softmax of a model's outputs and not the outputs themselves."));
                }

                sum += p;
            }

            if (Math.Abs(sum - 1) > Slack)
            {
                throw new SelectionException(string.Create(CultureInfo.InvariantCulture, $"the probabilities of sample {i} add up to {sum:0.####}; those of all classes add up to 1."));
            }

            if (!labels.IsEmpty && labels[i] >= classes)
            {
                throw new SelectionException(string.Create(CultureInfo.InvariantCulture, $"the label of sample {i} is {labels[i]}, and there are probabilities for {classes} classes, 0 to {classes - 1}; give one for each class."));
            }
        }
    }

    /// <summary>Writes a sample's residual p − e_y.</summary>
    public static void Residual(SelectionInput input, int id, Span<float> residual)
    {
        input.Probabilities.Span.Slice(id * residual.Length, residual.Length).CopyTo(residual);
        residual[input.Labels.Span[id]] -= 1;
    }

    /// <summary>The residuals of all samples, [count × classes].</summary>
    public static float[] Residuals(SelectionInput input)
    {
        var classes = Classes(input);
        var all = new float[checked(input.Count * classes)];
        for (var i = 0; i < input.Count; i++)
        {
            Residual(input, i, all.AsSpan(i * classes, classes));
        }

        return all;
    }

    /// <summary>The mean gradient, [classes × (width + 1)], each class's bias last.</summary>
    /// <param name="input">The samples, checked, at least one.</param>
    /// <param name="residual">Writes a sample's residual.</param>
    public static double[] Mean(SelectionInput input, Action<int, float[], int> residual)
    {
        var (classes, rows) = (Classes(input), input.Embeddings!);
        var (width, mean) = (rows.Width, new double[checked(classes * (rows.Width + 1))]);
        var block = new float[Math.Min(Block, input.Count) * classes];
        for (var start = 0; start < input.Count; start += Block)
        {
            input.Stop.ThrowIfCancellationRequested();
            var (first, count) = (start, Math.Min(Block, input.Count - start));
            Pieces(count, input.Threads, i => residual(first + i, block, i * classes));
            Chunks.For(classes, input.Threads, c =>
            {
                var to = mean.AsSpan(c * (width + 1), width + 1);
                var values = rows.Rows(first, count);
                for (var i = 0; i < count; i++)
                {
                    double factor = block[(i * classes) + c];
                    WideDots.AddMultiple(to, factor, values.Slice(i * width, width));
                    to[width] += factor;
                }
            });
        }

        for (var k = 0; k < mean.Length; k++)
        {
            mean[k] /= input.Count;
        }

        return mean;
    }

    /// <summary>The mean gradient of what a model has now.</summary>
    public static double[] Mean(SelectionInput input)
    {
        var classes = Classes(input);
        return Mean(input, (id, block, at) => Residual(input, id, block.AsSpan(at, classes)));
    }

    /// <summary>The product of every sample's gradient with a matrix of the same form as <see cref="Mean(SelectionInput)"/> gives.</summary>
    public static double[] Products(SelectionInput input, double[] gradient)
    {
        var (classes, rows) = (Classes(input), input.Embeddings!);
        var products = new double[input.Count];
        Pieces(input.Count, input.Threads, i =>
        {
            var label = input.Labels.Span[i];
            var p = input.Probabilities.Span.Slice(i * classes, classes);
            var values = rows.Rows(i, 1);
            double sum = 0;
            for (var c = 0; c < classes; c++)
            {
                sum += (p[c] - (c == label ? 1f : 0f)) * Output(gradient, c, values);
            }

            products[i] = sum;
        });
        return products;
    }

    /// <summary>What a layer with those weights and biases puts out for a class.</summary>
    public static double Output(double[] layer, int c, ReadOnlySpan<float> values)
    {
        var weights = layer.AsSpan(c * (values.Length + 1), values.Length + 1);
        return WideDots.Of(weights[..values.Length], values) + weights[values.Length];
    }

    /// <summary>Runs the body for 0 … count - 1, many to a thread's turn.</summary>
    public static void Pieces(int count, int threads, Action<int> body)
    {
        const int Piece = 64;
        Chunks.For((count + Piece - 1) / Piece, threads, piece =>
        {
            for (var i = piece * Piece; i < Math.Min(count, (piece + 1) * Piece); i++)
            {
                body(i);
            }
        });
    }

    /// <summary>Refuses rows whose products don't fit into float32.</summary>
    /// <exception cref="EmbeddingException">NaN, an infinity, or a row that is too long; names it.</exception>
    public static void CheckInputs(SelectionInput input) => RowSurvey.CheckForDistances(input.Embeddings!, input.Threads, input.Stop);
}
