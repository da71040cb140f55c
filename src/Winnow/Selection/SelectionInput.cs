using Winnow.Geometry;

namespace Winnow.Selection;

/// <summary>What a selector chooses from. Position i of everything is the sample with id i.</summary>
/// <param name="Count">The number of samples, at least 0.</param>
public sealed record SelectionInput(int Count)
{
    /// <summary>The number of samples.</summary>
    public int Count { get; init; } = Count >= 0 ? Count : throw new ArgumentOutOfRangeException(nameof(Count), Count, "the number of samples is at least 0.");

    /// <summary>
    /// A score a sample, [count]: the higher, the harder the sample, the more a model errs on it. A score with the other direction, such as a margin, comes with its sign
    /// turned. Empty where there is none.
    /// </summary>
    public ReadOnlyMemory<float> Scores { get; init; }

    /// <summary>
    /// A second score, [count], by which the most suspicious samples are cut off before others are chosen by <see cref="Scores"/>: the higher, the more likely a wrong label.
    /// Empty: <see cref="Scores"/> itself.
    /// </summary>
    public ReadOnlyMemory<float> Suspicion { get; init; }

    /// <summary>The class of each sample, [count], 0-based; empty where there are none.</summary>
    public ReadOnlyMemory<int> Labels { get; init; }

    /// <summary>The share of each class's samples that a model has right, [classes], in [0, 1]; empty where it isn't known.</summary>
    public ReadOnlyMemory<double> ClassAccuracies { get; init; }

    /// <summary>The probability of each class, [count × classes], a row a sample; empty where it isn't known.</summary>
    public ReadOnlyMemory<float> Probabilities { get; init; }

    /// <summary>A row of features a sample, [count × width]; null where there are none.</summary>
    public EmbeddingMatrix? Embeddings { get; init; }

    /// <summary>What random choices follow from. Another seed gives another selection, where a selector draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>The most threads; 0 means all cores. The selection is the same for any number.</summary>
    public int Threads { get; init; }

    /// <summary>Told how much of the work is done, in [0, 1], now and then; null where nobody looks.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Ends the work early, with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>How many classes the labels name: the largest plus one.</summary>
    public int Classes
    {
        get
        {
            var most = -1;
            foreach (var label in Labels.Span)
            {
                most = Math.Max(most, label);
            }

            return most + 1;
        }
    }

    /// <summary>The same of some samples, which get ids from 0 on in their order.</summary>
    /// <param name="ids">Ids in this input.</param>
    /// <param name="seed">What random choices among them follow from.</param>
    internal SelectionInput Of(int[] ids, ulong seed) => this with
    {
        Count = ids.Length,
        Scores = Rows(Scores, ids, 1),
        Suspicion = Rows(Suspicion, ids, 1),
        Labels = Rows(Labels, ids, 1),
        Probabilities = Rows(Probabilities, ids, Count == 0 ? 0 : Probabilities.Length / Count),
        Embeddings = Embeddings is null ? null : Gather(Embeddings, ids),
        Seed = seed,
        Progress = null,
    };

    private static ReadOnlyMemory<T> Rows<T>(ReadOnlyMemory<T> all, int[] ids, int width)
    {
        if (all.IsEmpty)
        {
            return all;
        }

        var rows = GC.AllocateUninitializedArray<T>(checked(ids.Length * width));
        for (var i = 0; i < ids.Length; i++)
        {
            all.Span.Slice(ids[i] * width, width).CopyTo(rows.AsSpan(i * width));
        }

        return rows;
    }

    /// <summary>Some rows of embeddings, copied, in the order of their ids.</summary>
    /// <exception cref="SelectionException">They are more than an array holds.</exception>
    internal static EmbeddingMatrix Gather(EmbeddingMatrix all, int[] ids)
    {
        if ((long)ids.Length * all.Width > Array.MaxLength)
        {
            throw new SelectionException($"the embeddings of {ids.Length} samples, {all.Width} numbers each, are more than can be gathered in memory; select without shares for classes, or fewer samples.");
        }

        var rows = GC.AllocateUninitializedArray<float>(ids.Length * all.Width);
        for (var i = 0; i < ids.Length; i++)
        {
            all.Rows(ids[i], 1).CopyTo(rows.AsSpan(i * all.Width));
        }

        return EmbeddingMatrix.Of(rows, all.Width);
    }
}
