namespace Winnow.Cli.Tests;

/// <summary>Everything that computes with libtorch in this process: its seed and its number of threads are the process's.</summary>
[CollectionDefinition(Name)]
public sealed class TrainingCollection
{
    public const string Name = "training";
}
