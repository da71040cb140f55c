namespace Winnow.Torch.Distributed;

/// <summary>Settings of a <see cref="ProcessGroup"/>.</summary>
public sealed record ProcessGroupOptions
{
    /// <summary>
    /// How long ranks wait for one another in each exchange. A rank that is silent for three quarters of it is given up. At
    /// least a second. Default a minute.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long ranks wait for one another to meet, since they may begin at different times. Default a minute.</summary>
    public TimeSpan MeetingTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What has to be the same on all ranks, by name, such as the recipe's values: a rank with another value is refused by both names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Agreement { get; init; } = [];

    /// <summary>Called on rank 0 once it listens, with its port: the time to start the other ranks.</summary>
    public Action<int>? Listening { get; init; }

    /// <summary>Called on rank 0 several times a second while it waits for the others; throws to end the wait.</summary>
    public Action? Waiting { get; init; }
}
