namespace Winnow.Cli.Tests;

/// <summary>Tests with several processes run one after the other: they share two cores as it is.</summary>
[CollectionDefinition(Name)]
public sealed class ProcessCollection
{
    public const string Name = "processes";
}
