namespace Winnow.Scores;

/// <summary>What a larger number of a score says of its sample. A selection that mixes the two up keeps what it meant to leave out, so every file names it.</summary>
public enum ScoreOrientation
{
    /// <summary>Harder, less certain or less typical; wrong labels come high.</summary>
    HigherIsHarder,

    /// <summary>Cleaner, easier or more certain; wrong labels come low.</summary>
    HigherIsCleaner,
}
