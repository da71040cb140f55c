namespace Winnow.Training.Runs;

/// <summary>What a run has done so far, counted as it happens.</summary>
/// <param name="labels">The class of each training sample; empty where there are none.</param>
/// <param name="classes">How many classes there are.</param>
internal sealed class RunCounters(ReadOnlyMemory<int> labels, int classes)
{
    private readonly long[] _classTrained = new long[classes];

    /// <summary>Samples that plans visited and batches went over.</summary>
    public long Visited { get; private set; }

    /// <summary>Optimiser steps.</summary>
    public long Steps { get; private set; }

    /// <summary>Samples sent forward: visits, candidates that a batch was chosen from once more, refreshes, and passes for scores.</summary>
    public long Forwards { get; private set; }

    /// <summary>Samples whose loss was sent backward: in steps, and for scores that go by the gradient.</summary>
    public long Backwards { get; private set; }

    /// <summary>Samples that sat out and were sent forward all the same.</summary>
    public long Refreshed { get; private set; }

    /// <summary>For each class how often its samples were trained on.</summary>
    public ReadOnlySpan<long> ClassTrained => _classTrained;

    /// <summary>Takes the books of a run that goes on.</summary>
    public void Load(long visited, long steps, long forwards, long backwards, long refreshed, ReadOnlySpan<long> classTrained)
    {
        (Visited, Steps, Forwards, Backwards, Refreshed) = (visited, steps, forwards, backwards, refreshed);
        classTrained.CopyTo(_classTrained);
    }

    /// <summary>A step over a batch, of which all samples are trained on.</summary>
    public void Step(ReadOnlySpan<int> batch)
    {
        Visited += batch.Length;
        Train(batch);
    }

    /// <summary>A step over a batch that goes forward once to choose from it, and then with those chosen.</summary>
    public void Step(ReadOnlySpan<int> batch, ReadOnlySpan<int> chosen)
    {
        Visited += batch.Length;
        Forwards += batch.Length;
        Train(chosen);
    }

    /// <summary>A pass over samples that sat out.</summary>
    public void Refresh(int count)
    {
        Refreshed += count;
        Forwards += count;
    }

    /// <summary>A pass over samples that something beside the method asks for.</summary>
    public void Look(int forwards, int backwards = 0)
    {
        Forwards += forwards;
        Backwards += backwards;
    }

    /// <summary>For each class how often its samples were trained on over how often full epochs would have; NaN for a class without samples.</summary>
    public IReadOnlyList<double> ClassKeep(int epochs)
    {
        var members = new long[classes];
        foreach (var label in labels.Span)
        {
            members[label]++;
        }

        return [.. _classTrained.Zip(members, (trained, count) => (double)trained / (count * epochs))];
    }

    private void Train(ReadOnlySpan<int> ids)
    {
        Steps++;
        Forwards += ids.Length;
        Backwards += ids.Length;
        var classOf = labels.Span;
        foreach (var id in classOf.IsEmpty ? [] : ids)
        {
            _classTrained[classOf[id]]++;
        }
    }
}
