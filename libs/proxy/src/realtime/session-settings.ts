import { membersIn, textIn, type Members } from './realtime-event.js';

/** The settings of a session on which its cost depends, in the words of the API and of its preview. */
export interface SessionSettings {
  /** Whether the upstream begins responses by itself: after a turn of speech, or of silence. */
  readonly isAutomatic: boolean;
  /** Upper bound of the output of one response in tokens; `null` for that of the model. */
  readonly maxOutputTokens: number | null;
  /** The model that transcribes the input; `null` for none. */
  readonly transcriptionModel: string | null;
}

/** Until the upstream reports others: its defaults. */
export const UNKNOWN_SETTINGS: SessionSettings = {
  isAutomatic: true,
  maxOutputTokens: null,
  transcriptionModel: null,
};

/** Reads the session that an upstream reports. */
export function settingsIn(session: Members): SessionSettings {
  const input = membersIn(membersIn(session['audio'])['input']);
  const detection = 'turn_detection' in input ? input['turn_detection'] : session['turn_detection'];
  return {
    isAutomatic: detection !== null && membersIn(detection)['create_response'] !== false,
    maxOutputTokens: outputBoundIn(session),
    transcriptionModel: transcriptionModelIn(session),
  };
}

/** Returns the bound of the output that a session or a response names; `null` for none. */
export function outputBoundIn(members: Members): number | null {
  const named = members['max_output_tokens'] ?? members['max_response_output_tokens'];
  return typeof named === 'number' && Number.isSafeInteger(named) && named >= 0 ? named : null;
}

/** Returns the model that a session names for the transcription of its input; `null` for none. */
export function transcriptionModelIn(session: Members): string | null {
  const input = membersIn(membersIn(session['audio'])['input']);
  const settings = input['transcription'] ?? session['input_audio_transcription'];
  return textIn(membersIn(settings)['model']);
}
