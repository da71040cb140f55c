using System.Globalization;
using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples whose gradients stand for all.</summary>
    public static Method<ISelector> Craig => new("craig",
        "Keep of each class the samples whose last-layer gradients are near to all others', and let each count as many as it stands for.",
        "Mirzasoleiman, Bilmes and Leskovec, Coresets for Data-efficient Training of Machine Learning Models, ICML 2020",
        [],
        static _ => new CraigSelector());
}

/// <summary>
/// CRAIG: within each class, facility location over the Euclidean distances of the gradients (p − e_y) ⊗ [h; 1] of the last layer, each similarity being the class's largest
/// distance less theirs. A kept sample's weight is the number of samples of its class to which it is the nearest kept one, itself included (of equally near ones the smaller id),
/// scaled to the mean 1. Scores are gains. Embeddings have to be the last layer's inputs. Of m samples of a class m² similarities are kept, 4 bytes each.
/// </summary>
/// <remarks>DeepCore's program begins each weight at one and then adds one for each sample it stands for, itself included; that one too many isn't reproduced.</remarks>
public sealed record CraigSelector : ISelector
{
    // As many as there can be pairs of in an array.
    private const int MostOfAClass = 46_340;

    // Rows of residual products at once.
    private const int Block = 512;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings | SelectionNeeds.Labels | SelectionNeeds.Probabilities;

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep) => ClassWeights.Select(input, keep, Choose);

    private static ClassChoice Choose(SelectionInput members, int keep)
    {
        var count = members.Count;
        if (count > MostOfAClass)
        {
            throw new SelectionException($"class {members.Labels.Span[0]} has {count} samples, and similarities of all pairs are kept for at most {MostOfAClass}; take gradmatch, which keeps no pairs.");
        }

        var classes = LastLayer.Classes(members);
        WorkingMemory.Require((4.0 * count * count) + (4.0 * count * (members.Embeddings!.Width + classes + Block)), null,
            string.Create(CultureInfo.InvariantCulture, $"similarities of the {count} samples of class {members.Labels.Span[0]}"),
            static allowed => string.Create(CultureInfo.InvariantCulture, $"about {(int)Math.Min(MostOfAClass, Math.Sqrt(allowed / 4.0))} samples of a class would fit; gradmatch keeps no pairs"));
        var values = Similarities(members, classes);
        using var similarities = SimilarityMatrix.Of(values, count, members.Threads);
        var picks = GreedySelection.Lazy(new Geometry.FacilityLocation(similarities), keep, members.Stop).ToArray();
        int[] places = [.. picks.Select(static pick => pick.Id)];
        return new(places, Sizes(values, count, places), [.. picks.Select(static pick => (float)pick.Gain)]);
    }

    // Products are symmetric to the bit, and equal rows have equal ones, so that equal gradients are at distance 0.
    private static float[] Similarities(SelectionInput members, int classes)
    {
        var count = members.Count;
        var values = GC.AllocateUninitializedArray<float>(count * count);
        MatrixProducts.Multiply(members.Embeddings!, members.Embeddings!, values, members.Threads);
        var residuals = LastLayer.Residuals(members);
        var some = new float[Math.Min(Block, count) * count];
        for (var start = 0; start < count; start += Block)
        {
            members.Stop.ThrowIfCancellationRequested();
            var (first, rows) = (start, Math.Min(Block, count - start));
            MatrixProducts.Multiply(residuals.AsSpan(first * classes, rows * classes), residuals, classes, some.AsSpan(0, rows * count), members.Threads);
            LastLayer.Pieces(rows, members.Threads, i =>
            {
                var to = values.AsSpan((first + i) * count, count);
                var products = some.AsSpan(i * count, count);
                for (var j = 0; j < count; j++)
                {
                    to[j] = (float)(products[j] * (to[j] + 1.0));
                }
            });
        }

        var own = new float[count];
        for (var i = 0; i < count; i++)
        {
            own[i] = values[(i * count) + i];
        }

        var largest = new float[count];
        LastLayer.Pieces(count, members.Threads, i =>
        {
            var to = values.AsSpan(i * count, count);
            for (var j = 0; j < count; j++)
            {
                to[j] = (float)Math.Sqrt(Math.Max(0, (double)own[i] + own[j] - (2.0 * to[j])));
                largest[i] = Math.Max(largest[i], to[j]);
            }
        });
        var most = largest.Max();
        LastLayer.Pieces(count, members.Threads, i =>
        {
            foreach (ref var value in values.AsSpan(i * count, count))
            {
                value = most - value;
            }
        });
        return values;
    }

    private static double[] Sizes(float[] similarities, int count, int[] places)
    {
        var byId = Enumerable.Range(0, places.Length).OrderBy(p => places[p]).ToArray();
        var sizes = new double[places.Length];
        for (var i = 0; i < count; i++)
        {
            var best = byId[0];
            foreach (var p in byId)
            {
                // A kept sample stands for itself, also where another is equal to it.
                if (places[p] == i)
                {
                    best = p;
                    break;
                }

                best = similarities[(i * count) + places[p]] > similarities[(i * count) + places[best]] ? p : best;
            }

            sizes[best]++;
        }

        return sizes;
    }
}
