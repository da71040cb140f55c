namespace Winnow.Data;

/// <summary>
/// A data set that was opened: what to train on and what to test on, of one kind. Which kind a task trains on, its recipe says; the kinds are <see cref="LoadedData"/> (images and vectors) and
/// <see cref="Texts.TextData"/>.
/// </summary>
/// <param name="Description">One line for people: name, counts, and what there is to say of the kind.</param>
/// <param name="Note">Something the user should know about how the files were understood; null when there is nothing.</param>
public abstract record TaskData(string Description, string? Note)
{
    /// <summary>What the data set is called.</summary>
    public abstract string Name { get; }

    /// <summary>What it holds, as messages say it: such as <c>texts</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>How many samples there are to train on, at least 1.</summary>
    public abstract int TrainCount { get; }

    /// <summary>How many samples there are to test on, at least 1.</summary>
    public abstract int TestCount { get; }

    /// <summary>The same with fewer training samples, for a trial. Which ones, the kind says.</summary>
    /// <param name="count">How many, in [1, <see cref="TrainCount"/>].</param>
    public abstract TaskData Limited(int count);
}
