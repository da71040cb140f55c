namespace Winnow.Selection;

/// <summary>What a selector has to be given of the samples.</summary>
[Flags]
public enum SelectionNeeds
{
    /// <summary>How many there are.</summary>
    None = 0,

    /// <summary>A score a sample: <see cref="SelectionInput.Scores"/>.</summary>
    Scores = 1,

    /// <summary>A class a sample: <see cref="SelectionInput.Labels"/>.</summary>
    Labels = 2,

    /// <summary>A row of features a sample: <see cref="SelectionInput.Embeddings"/>.</summary>
    Embeddings = 4,

    /// <summary>The probability of each class, a row a sample: <see cref="SelectionInput.Probabilities"/>.</summary>
    Probabilities = 8,

    /// <summary>The share of each class that a model has right: <see cref="SelectionInput.ClassAccuracies"/>.</summary>
    ClassAccuracies = 16,
}
