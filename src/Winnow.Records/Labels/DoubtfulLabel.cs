namespace Winnow.Records.Labels;

/// <summary>A sample's label beside what networks that weren't trained on it say.</summary>
/// <param name="Place">The sample's position among those that were looked at, 0-based.</param>
/// <param name="Id">The row of the user's file, 0-based.</param>
/// <param name="Label">The class that it was given.</param>
/// <param name="Predicted">The class that it most probably is of.</param>
/// <param name="Quality">How well the label fits, in [0, 1]; the lower the worse.</param>
/// <param name="Issue">Its place among the labels that may be wrong, the most doubtful first, from 1; null for a label that isn't doubted.</param>
public sealed record DoubtfulLabel(int Place, int Id, int Label, int Predicted, float Quality, int? Issue);
