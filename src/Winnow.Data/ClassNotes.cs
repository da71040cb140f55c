using System.Globalization;

namespace Winnow.Data;

/// <summary>What should be known of a data set's classes before anything is trained on it: those that have no samples.</summary>
public static class ClassNotes
{
    private const int Named = 8;

    /// <summary>Sentences for people; none for data in which every class has samples to train on.</summary>
    /// <param name="data">The data as it is trained on.</param>
    public static IReadOnlyList<string> Of(LoadedData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var (train, test) = (Counts(data.Train), Counts(data.Test));
        int[] tested = [.. Enumerable.Range(0, train.Length).Where(k => train[k] == 0 && test[k] > 0)];
        int[] empty = [.. Enumerable.Range(0, train.Length).Where(k => train[k] == 0 && test[k] == 0)];
        if (tested.Length == 0 && empty is [0] && train.Length > 1)
        {
            return [string.Create(CultureInfo.InvariantCulture, $"Labels run from 1 to {train.Length - 1}: class 0 has no sample and gets an output of the network all the same; begin at 0 (y - 1).")];
        }

        var notes = new List<string>();
        if (empty.Length > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{Which(empty)} of {train.Length} {(empty.Length == 1 ? "has no sample and gets an output" : "have no sample and get outputs")} of the network all the same; number the classes without gaps."));
        }

        if (tested.Length > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{Which(tested)} of {train.Length} {(tested.Length == 1 ? "occurs" : "occur")} only in the test part: never trained on, all of {(tested.Length == 1 ? "its" : "their")} {tested.Sum(k => test[k])} test samples count as wrong."));
        }

        return notes;
    }

    /// <summary>What a cut to the first samples has done to the classes, in a sentence; null where all are still there.</summary>
    /// <param name="whole">The training part as it was.</param>
    /// <param name="cut">Its first samples.</param>
    public static string? OfCut(SampleSet whole, SampleSet cut)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(cut);
        var (before, after) = (Counts(whole), Counts(cut));
        int[] lost = [.. Enumerable.Range(0, before.Length).Where(k => before[k] > 0 && after[k] == 0)];
        return lost.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"The first {cut.Count} of {whole.Count} training samples have none of {Which(lost, capital: false)}: where a file is sorted by label, shuffle its rows before taking the first ones.");
    }

    private static int[] Counts(SampleSet set)
    {
        var counts = new int[set.Classes];
        foreach (var label in set.Labels)
        {
            counts[label]++;
        }

        return counts;
    }

    private static string Which(int[] classes, bool capital = true) =>
        $"{(capital ? "Class" : "class")}{(classes.Length == 1 ? "" : "es")} {string.Join(", ", classes.Take(Named))}{(classes.Length > Named ? string.Create(CultureInfo.InvariantCulture, $" and {classes.Length - Named} more") : "")}";
}
