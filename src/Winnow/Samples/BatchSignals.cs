namespace Winnow.Samples;

/// <summary>
/// What the model said about some samples: ids, losses, and whatever other signals there are, put in by <see cref="With"/> and read by their <see cref="Signal"/>. A span
/// that the caller doesn't have stays empty; the others are as long as the ids. What they may hold is said, and checked, by <see cref="SignalRules"/>.
/// </summary>
/// <remarks>It holds no memory of its own: the spans are the caller's, and nothing is allocated. That is why there is a limit, <see cref="MostSignals"/>.</remarks>
public readonly ref struct BatchSignals
{
    /// <summary>How many signals it can carry beside losses and scores.</summary>
    public const int MostSignals = 6;

    /// <summary>The samples' ids, 0-based. Left empty where a ticket names the samples.</summary>
    public ReadOnlySpan<long> Ids { get; init; }

    /// <summary>The raw loss of each sample, neither weighted nor averaged.</summary>
    public ReadOnlySpan<float> Losses { get; init; }

    /// <summary>
    /// Numbers of the caller's own to rank the samples by, larger meaning more worth visiting; they take the losses' place in every rule,
    /// while statistics stay with the losses. Scores decide who is visited, weights what a visit counts: the two never mix.
    /// </summary>
    public ReadOnlySpan<float> Scores { get; init; }

    /// <summary>Whether the samples were only looked at, not trained on: the forward pass that some policies ask for at an epoch's end.</summary>
    public bool Refreshed { get; init; }

    /// <summary>The epoch in which the model said so; the pruner fills it in. -1: before the first.</summary>
    public int Epoch { get; init; }

    /// <summary>How many signals there are beside losses and scores.</summary>
    internal int Count { get; private init; }

    private Signal? Signal0 { get; init; }

    private Signal? Signal1 { get; init; }

    private Signal? Signal2 { get; init; }

    private Signal? Signal3 { get; init; }

    private Signal? Signal4 { get; init; }

    private Signal? Signal5 { get; init; }

    private ReadOnlySpan<float> Values0 { get; init; }

    private ReadOnlySpan<float> Values1 { get; init; }

    private ReadOnlySpan<float> Values2 { get; init; }

    private ReadOnlySpan<float> Values3 { get; init; }

    private ReadOnlySpan<float> Values4 { get; init; }

    private ReadOnlySpan<float> Values5 { get; init; }

    /// <summary>The numbers of a signal, one a sample; empty where they aren't there. Of <see cref="Signal.Loss"/> they are the <see cref="Losses"/>.</summary>
    /// <param name="signal">Any signal.</param>
    public ReadOnlySpan<float> this[Signal signal]
    {
        get
        {
            var place = Place(signal);
            return place >= 0 ? ValuesAt(place) : signal == Signal.Loss ? Losses : default;
        }
    }

    /// <summary>The same with one signal more, or with other numbers of one that is there.</summary>
    /// <param name="signal">Which; <see cref="Signal.Loss"/> stands for <see cref="Losses"/>.</param>
    /// <param name="values">One a sample; empty: none.</param>
    /// <exception cref="ArgumentException">There are <see cref="MostSignals"/> others already.</exception>
    public BatchSignals With(Signal signal, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(signal);
        if (signal == Signal.Loss)
        {
            return this with { Losses = values };
        }

        var place = Place(signal);
        if (place < 0)
        {
            if (values.IsEmpty)
            {
                return this;
            }

            place = Count;
        }

        var count = Math.Max(Count, place + 1);
        return place switch
        {
            0 => this with { Signal0 = signal, Values0 = values, Count = count },
            1 => this with { Signal1 = signal, Values1 = values, Count = count },
            2 => this with { Signal2 = signal, Values2 = values, Count = count },
            3 => this with { Signal3 = signal, Values3 = values, Count = count },
            4 => this with { Signal4 = signal, Values4 = values, Count = count },
            5 => this with { Signal5 = signal, Values5 = values, Count = count },
            _ => throw new ArgumentException($"a batch carries {MostSignals} signals beside losses and scores, and \"{signal}\" would be one more; leave out what the method doesn't need", nameof(signal)),
        };
    }

    /// <summary>The same signals for a part of the samples.</summary>
    /// <param name="start">The first, 0-based.</param>
    /// <param name="count">How many.</param>
    public BatchSignals Slice(int start, int count)
    {
        var part = this with { Ids = Part(Ids, start, count), Losses = Part(Losses, start, count), Scores = Part(Scores, start, count) };
        return Count == 0 ? part : part with
        {
            Values0 = Part(Values0, start, count),
            Values1 = Part(Values1, start, count),
            Values2 = Part(Values2, start, count),
            Values3 = Part(Values3, start, count),
            Values4 = Part(Values4, start, count),
            Values5 = Part(Values5, start, count),
        };
    }

    /// <summary>The signal at a place, in [0, <see cref="Count"/>): those beside losses and scores, in the order in which they were put in.</summary>
    internal Signal SignalAt(int place) => place switch
    {
        0 => Signal0!,
        1 => Signal1!,
        2 => Signal2!,
        3 => Signal3!,
        4 => Signal4!,
        5 => Signal5!,
        _ => throw new ArgumentOutOfRangeException(nameof(place)),
    };

    /// <summary>The numbers of the signal at a place.</summary>
    internal ReadOnlySpan<float> ValuesAt(int place) => place switch
    {
        0 => Values0,
        1 => Values1,
        2 => Values2,
        3 => Values3,
        4 => Values4,
        5 => Values5,
        _ => default,
    };

    /// <summary>The place of a signal; -1 where it isn't there.</summary>
    internal int Place(Signal signal)
    {
        for (var place = 0; place < Count; place++)
        {
            if (SignalAt(place) == signal)
            {
                return place;
            }
        }

        return -1;
    }

    private static ReadOnlySpan<T> Part<T>(ReadOnlySpan<T> span, int start, int count) => span.IsEmpty ? span : span.Slice(start, count);
}
