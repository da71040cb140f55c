namespace Winnow.Training;

/// <summary>A training run that cannot start because of what was asked of it: the message states the value, the rule and the remedy.</summary>
public sealed class RecipeException(string message) : ArgumentException(message);

/// <summary>A training run that failed while it was running, such as a loss that became non-finite.</summary>
public sealed class TrainingFailedException(string message, Exception? inner = null) : Exception(message, inner);
