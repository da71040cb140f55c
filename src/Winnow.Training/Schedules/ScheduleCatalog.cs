using Winnow.Catalog;

namespace Winnow.Training.Schedules;

/// <summary>The learning-rate schedules by name; each schedule's file adds one entry.</summary>
public static partial class ScheduleCatalog
{
    private static readonly Lazy<MethodCatalog<ILearningRateSchedule>> s_catalog = new(static () => new("schedule", [Cosine, Linear, OneCycle]));

    /// <summary>All schedules, by name.</summary>
    public static IReadOnlyList<Method<ILearningRateSchedule>> All => s_catalog.Value.All;

    /// <summary>Makes the schedule that a spec such as <c>linear:warmup=0.25,end=0.002</c> describes.</summary>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static ILearningRateSchedule Parse(string spec) => s_catalog.Value.Parse(spec);
}
