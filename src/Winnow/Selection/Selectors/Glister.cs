using Winnow.Catalog;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples whose gradients go where the loss falls.</summary>
    public static Method<ISelector> Glister => new("glister",
        "Keep the samples whose last-layer gradients agree most with the mean gradient, which is worked out again as if a step had been made on those kept so far.",
        "Killamsetty et al., GLISTER: Generalization based Data Subset Selection for Efficient and Robust Learning, AAAI 2021",
        [
            Parameter.Choice("update", "what becomes of the mean gradient as samples are kept: worked out again after a step on them, as in the paper, or never, as in DeepCore's program", "taylor", "never"),
            new("eta", 0.1, 0, 1000, "the learning rate of that step, by the mean gradient of the samples kept so far") { MinOpen = true, Example = "0.01" },
            new("batch", 0.01, 0, 1, "the share of all samples that is kept between two updates, at least one sample") { Example = "0.05" },
        ],
        static p => new GlisterSelector { Updates = p.Choice("update") == "taylor", Eta = p["eta"], Batch = p["batch"] });
}

/// <summary>
/// GLISTER with the samples themselves as the validation set: a sample's score is the product of its last-layer gradient (p − e_y) ⊗ [h; 1] with the mean gradient. After each
/// batch of max(1, round(batch·n)) samples, kept by their scores (of equal ones the smaller id), the mean is worked out again from the probabilities that the layer would have after
/// a step of η times the mean gradient of all kept so far. The products are with the gradients as they were. Embeddings have to be the last layer's inputs.
/// </summary>
/// <remarks>Without updates it is the highest products, which is what DeepCore's program does by a misspelt name, and what its published numbers are of.</remarks>
public sealed record GlisterSelector : ISelector
{
    /// <summary>Whether the mean gradient is worked out again.</summary>
    public bool Updates { get; init; } = true;

    /// <summary>η, above 0.</summary>
    public double Eta { get; init; } = 0.1;

    /// <summary>The share of all samples that is kept between two updates, in [0, 1].</summary>
    public double Batch { get; init; } = 0.01;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings | SelectionNeeds.Labels | SelectionNeeds.Probabilities;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        if (keep == 0)
        {
            return new([]);
        }

        LastLayer.Check(input);
        LastLayer.CheckInputs(input);
        // A batch's size doesn't depend on how many are kept, so that fewer are the first of more.
        var batch = Updates ? Math.Max(1, (int)Math.Round(Batch * input.Count)) : keep;
        var (order, scores, taken) = (new int[keep], new float[keep], new bool[input.Count]);
        var (mean, moved) = (LastLayer.Mean(input), (double[]?)null);
        for (var start = 0; start < keep; start += batch)
        {
            var now = Math.Min(batch, keep - start);
            var products = LastLayer.Products(input, mean);
            var best = Enumerable.Range(0, input.Count).Where(id => !taken[id]).OrderByDescending(id => products[id]).ThenBy(static id => id).Take(now).ToArray();
            for (var i = 0; i < now; i++)
            {
                (order[start + i], scores[start + i], taken[best[i]]) = (best[i], (float)products[best[i]], true);
            }

            input.Progress?.Invoke((double)(start + now) / keep);
            if (start + now < keep)
            {
                moved ??= new double[mean.Length];
                Add(input, best, moved);
                mean = After(input, moved, Eta / (start + now));
            }
        }

        return new(order) { Scores = scores };
    }

    private static void Add(SelectionInput input, int[] kept, double[] sum)
    {
        var (rows, residual) = (input.Embeddings!, new float[LastLayer.Classes(input)]);
        foreach (var id in kept)
        {
            LastLayer.Residual(input, id, residual);
            var values = rows.Rows(id, 1);
            for (var c = 0; c < residual.Length; c++)
            {
                var to = sum.AsSpan(c * (rows.Width + 1), rows.Width + 1);
                WideDots.AddMultiple(to, residual[c], values);
                to[rows.Width] += residual[c];
            }
        }
    }

    // The logarithms of probabilities are the layer's outputs but for a number that is the same for all classes of a sample.
    private static double[] After(SelectionInput input, double[] gradients, double step)
    {
        var (classes, rows) = (LastLayer.Classes(input), input.Embeddings!);
        return LastLayer.Mean(input, (id, block, at) =>
        {
            var p = input.Probabilities.Span.Slice(id * classes, classes);
            var values = rows.Rows(id, 1);
            var to = block.AsSpan(at, classes);
            var outputs = classes <= 256 ? stackalloc double[classes] : new double[classes];
            var most = double.NegativeInfinity;
            for (var c = 0; c < classes; c++)
            {
                outputs[c] = Math.Log(p[c]) - (step * LastLayer.Output(gradients, c, values));
                most = Math.Max(most, outputs[c]);
            }

            double sum = 0;
            foreach (ref var output in outputs)
            {
                output = Math.Exp(output - most);
                sum += output;
            }

            for (var c = 0; c < classes; c++)
            {
                to[c] = (float)(outputs[c] / sum);
            }

            to[input.Labels.Span[id]] -= 1;
        });
    }
}
