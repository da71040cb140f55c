namespace Winnow.Curation.Running;

/// <summary>Adds up how far a step over several shards is.</summary>
/// <param name="tell">Is told; null for nobody.</param>
internal sealed class ShardProgress(Action<CurationProgress>? tell)
{
    private string _step = "", _unit = "";
    private long _past, _total;

    /// <summary>Begins a step.</summary>
    public void Begin(string step, long total, string unit) => (_step, _past, _total, _unit) = (step, 0, total, unit);

    /// <summary>Tells how much of the shard at hand is done.</summary>
    public void Within(long done) => tell?.Invoke(new(_step, Math.Min(_past + done, _total), _total, _unit));

    /// <summary>A shard is done.</summary>
    public void Past(long done)
    {
        _past += done;
        Within(0);
    }
}
